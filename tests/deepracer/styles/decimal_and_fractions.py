from decimal import Decimal, getcontext
from fractions import Fraction

getcontext().prec = 12
SHARE = Fraction(3, 7)
STEP = Decimal("0.05")
LEAST = Fraction(1, 1000)


def reward_function(params):
    # 0.1 + 0.2 is not 0.3, so count in decimals
    width = Decimal(str(round(params['track_width'], 4)))
    off = Decimal(str(round(params['distance_from_center'], 4)))
    bands = int(off / (width * STEP)) if width else 0
    score = max(LEAST, 1 - SHARE * Fraction(bands, 10))
    return float(score)
