"""The twelve public DeepRacer tracks that tests drive on, with their published lengths in m."""

LENGTHS = {
    "reinvent_base": 17.71,
    "reInvent2019_wide_ccw": 16.60,
    "Oval_track": 19.55,
    "Bowtie_track": 17.43,
    "Virtual_May19_Train_track": 19.45,
    "reInvent2019_track_ccw": 23.09,
    "Canada_Training": 21.74,
    "China_track": 22.92,
    "Vegas_track": 22.55,
    "2024_reinvent_champ_ccw": 25.11,
    "LGSWide": 38.03,
    "Albert": 51.39,
}
