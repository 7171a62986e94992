# Kaplan-Meier with survfit on a CSV of time and event, timed inside R: Rscript survival_in_r.R file runs month
suppressPackageStartupMessages(library(survival))
arguments <- commandArgs(trailingOnly = TRUE)
times <- read.csv(arguments[1])
for (run in seq_len(as.integer(arguments[2]))) {
  taken <- system.time(
    fit <- survfit(Surv(time, event) ~ 1, data = times, conf.type = "log-log")
  )
  cat("seconds", taken[["elapsed"]], "\n")
}
cat("estimate", format(summary(fit, times = as.numeric(arguments[3]))$surv, digits = 15), "\n")
