"""Cells as people and laboratories write them, as numbers, answers, sexes and words.

Each distinct text is read once. What a cell says is used where it can be read in one way only;
otherwise the cell counts as missing and a finding says so.
"""
