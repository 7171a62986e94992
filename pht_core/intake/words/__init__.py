"""The vocabulary of files: headers, tests, drugs, answers, as CSV with one loader."""
