"""PHT Explorer's core: grading, periods, prednisone, response and survival after CAR-T.

Nothing here knows Streamlit, holds state between calls or prints (but the command line,
``python -m pht_core``).
"""

__version__ = "0.1.0"
