"""Exhibits: every figure and table of the pages, made again by any writer (slides, reports).

An `exhibit.Exhibit` says how one is computed, drawn and put into words; an `entry.Entry` is one
with its choices, filters and definitions; a `rendering.Rendering` is what comes of it.
"""
