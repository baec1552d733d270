"""What the DeepRacer console did with a model: train it, clone it, evaluate it, and leave a folder of files behind."""
