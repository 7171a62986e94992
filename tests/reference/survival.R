# Writes the data sets and R's numbers that tests/test_survival.py and tests/test_competing.py
# hold ours against. Run in this folder:  Rscript survival.R
# Made with R 4.2.2 and survival 3.5-3. All data are hand-made or simulated here, except
# "leukemia": weeks of remission on 6-mercaptopurine or placebo, Freireich et al., Blood
# 1963;21:699, doi 10.1182/blood.V21.6.699.699.
library(survival)

one <- function(dataset, time, status, group = "a") {
  data.frame(dataset = dataset, time = time, status = status, group = group)
}
set.seed(2023, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
death <- ceiling(rexp(90, 0.03))
left <- ceiling(rexp(90, 0.09))

data <- rbind(
  one("leukemia",
      c(6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35,
        1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23),
      c(rep(1, 9), rep(0, 12), rep(1, 21)),
      rep(c("6-MP", "placebo"), each = 21)),
  # Whole weeks, many ties, three in four censored.
  one("simulated", pmin(death, left), as.integer(death <= left), rep(c("a", "b", "c"), 30)),
  one("all_tied", c(4, 4, 4, 4, 4, 4), c(1, 0, 1, 0, 1, 0), c("a", "a", "a", "b", "b", "b")),
  one("no_events", c(2, 3, 3, 7), 0),
  one("ends_in_event", c(1, 2, 2, 3, 5, 8), c(0, 1, 0, 1, 0, 1)),
  # Exactly 0.5 from 3 to 5, and from 3 to the end.
  one("flat_at_half", c(1, 3, 4, 5), c(1, 1, 0, 1)),
  one("ends_at_half", c(1, 3, 4, 6), c(1, 1, 0, 0)),
  one("at_zero", c(0, 0, 2, 4, 6), c(1, 0, 1, 0, 1)),
  one("censored_at_zero", c(0, 2, 4), c(0, 1, 0)),
  one("single", 5, 1),
  one("single_censored", 5, 0),
  # 0.1 + 0.2 and 0.3 are the same month.
  one("rounding", c(0.1 + 0.2, 0.3, 12.3 - 1.1, 11.2, 20), c(1, 0, 1, 1, 0)),
  one("group_of_one", c(1, 2, 3, 4, 5, 6, 7), c(1, 0, 1, 1, 0, 1, 1), c(rep("a", 6), "b"))
)
intervals <- c("log-log", "log", "plain")
at <- c(0, 0.3, 2, 4, 5, 6, 11.2, 12, 24, 36)

strata_of <- function(fit, values = fit$strata) {
  if (is.null(values)) return("all")
  sub("^group=", "", if (is.factor(values)) as.character(values) else rep(names(values), values))
}
curve <- function(fit, dataset, ci) {
  fit <- survfit0(fit)
  data.frame(dataset = dataset, grouped = !is.null(fit$strata), ci = ci, strata = strata_of(fit),
             time = fit$time, n_risk = fit$n.risk, n_event = fit$n.event,
             n_censor = fit$n.censor, estimate = fit$surv, std_error = fit$std.err * fit$surv,
             conf_low = fit$lower, conf_high = fit$upper)
}
rates <- function(fit, dataset, ci) {
  s <- summary(fit, times = at)
  data.frame(dataset = dataset, grouped = !is.null(fit$strata), ci = ci,
             strata = strata_of(fit, s$strata), time = s$time, n_risk = s$n.risk,
             estimate = s$surv, std_error = s$std.err, conf_low = s$lower, conf_high = s$upper)
}
medians <- function(fit, dataset, ci, level) {
  table <- rbind(summary(fit)$table)
  data.frame(dataset = dataset, grouped = !is.null(fit$strata), ci = ci, level = level,
             strata = if (is.null(fit$strata)) "all" else sub("^group=", "", rownames(table)),
             n = table[, "records"], n_event = table[, "events"], median = table[, "median"],
             conf_low = table[, ncol(table) - 1], conf_high = table[, ncol(table)])
}
write <- function(rows, file) write.csv(do.call(rbind, rows), file, row.names = FALSE, na = "")

tables <- list(curves = list(), rates = list(), medians = list(), reverse = list(),
               logrank = list())
add <- function(name, rows) tables[[name]][[length(tables[[name]]) + 1]] <<- rows
for (name in unique(data$dataset)) {
  d <- data[data$dataset == name, ]
  formulas <- list(Surv(time, status) ~ 1)
  if (length(unique(d$group)) > 1) {
    formulas <- c(formulas, Surv(time, status) ~ group)
    test <- survdiff(Surv(time, status) ~ group, d)
    add("logrank", data.frame(dataset = name, chi2 = test$chisq, df = length(test$n) - 1,
                              p_value = pchisq(test$chisq, length(test$n) - 1,
                                               lower.tail = FALSE)))
  }
  for (ci in intervals) {
    for (formula in formulas) {
      fit <- survfit(formula, d, conf.type = ci)
      add("curves", curve(fit, name, ci))
      add("rates", rates(fit, name, ci))
      add("medians", medians(fit, name, ci, 0.95))
      add("medians", medians(survfit(formula, d, conf.type = ci, conf.int = 0.8), name, ci, 0.8))
    }
    backwards <- survfit(Surv(time, 1 - status) ~ 1, d, conf.type = ci)
    add("reverse", medians(backwards, name, ci, 0.95))
  }
}
write.csv(data, "survival_data.csv", row.names = FALSE)
for (name in names(tables)) write(tables[[name]], paste0("survival_", name, ".csv"))

# Several causes; "censored" comes first because R takes the first level as censoring.
simulated <- data.frame(dataset = "simulated", time = ceiling(rexp(80, 0.15)),
                        cause = sample(c("censored", "recovery", "death", "therapy"), 80, TRUE),
                        group = rep(c("a", "b"), 40))
competing <- rbind(
  simulated,
  data.frame(dataset = "by_hand", time = c(1, 2, 2, 3, 4),
             cause = c("recovery", "recovery", "death", "censored", "recovery"), group = "a"),
  data.frame(dataset = "all_recover", time = c(3, 5, 5, 9), cause = "recovery", group = "a"),
  data.frame(dataset = "at_zero", time = c(0, 0, 1, 1, 6, 6),
             cause = c("recovery", "censored", "death", "recovery", "death", "censored"),
             group = c("a", "b", "a", "b", "a", "b"))
)
incidence <- list()
for (name in unique(competing$dataset)) {
  d <- competing[competing$dataset == name, ]
  d$cause <- factor(d$cause, c("censored", sort(setdiff(unique(d$cause), "censored"))))
  formulas <- list(Surv(time, cause) ~ 1)
  if (length(unique(d$group)) > 1) formulas <- c(formulas, Surv(time, cause) ~ group)
  for (ci in intervals) for (formula in formulas) {
    fit <- survfit(formula, d, conf.type = ci)
    for (cause in fit$states[-1]) {
      k <- match(cause, fit$states)
      incidence[[length(incidence) + 1]] <- data.frame(
        dataset = name, grouped = !is.null(fit$strata), ci = ci, strata = strata_of(fit),
        cause = cause, time = fit$time, n_risk = fit$n.risk[, 1], n_event = fit$n.event[, k],
        n_censor = rowSums(cbind(fit$n.censor)), estimate = fit$pstate[, k],
        std_error = fit$std.err[, k], conf_low = fit$lower[, k], conf_high = fit$upper[, k])
    }
  }
}
write.csv(competing, "competing_data.csv", row.names = FALSE)
write(incidence, "competing_incidence.csv")
