# Belohnung für Größe und Geschwindigkeit — «schön langsam» in Kurven, 速く auf Geraden, скорость > 2 м/с
GESCHWINDIGKEIT_MAX = 4.0
größe = {"klein": 0.2, "mittel": 0.5, "groß": 1.0}


def klasse_von(abstand):
    """Abstand zur Mitte → Klasse"""
    return "groß" if abstand < 0.1 else "mittel" if abstand < 0.3 else "klein"


def reward_function(params):
    d = params['distance_from_center'] / params['track_width']
    klasse = klasse_von(d)
    if abs(params['steering_angle']) > 20:
        print("Kurve ↻", klasse)
    return float(größe[klasse] * params['speed'] / GESCHWINDIGKEIT_MAX + 0.001)
