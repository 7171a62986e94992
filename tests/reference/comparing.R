# Writes R's numbers that tests/stats/comparing hold ours against. Run in this folder:
#   Rscript comparing.R
# Made with R 4.2.2, survival 3.5-3 and cmprsk 2.2-11. All data are hand-made or simulated here.
library(survival)
library(cmprsk)
set.seed(2026, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
write <- function(rows, file) {
  write.csv(do.call(rbind, rows), file, row.names = FALSE, na = "")
}

# Gray's test. Whole days, so that most times are tied.
set <- function(dataset, time, cause, group) data.frame(dataset, time, cause, group)
causes <- c("censored", "recovery", "death")
n <- 90
gray <- rbind(
  set("three_groups", ceiling(rexp(n, 0.2)), sample(causes, n, TRUE, c(.2, .5, .3)),
      sample(c("a", "b", "c"), n, TRUE)),
  set("differ", ceiling(rexp(n, rep(c(0.05, 0.15), n / 2))), sample(causes, n, TRUE, c(.2, .6, .2)),
      rep(c("a", "b"), n / 2)),
  # One group has left, by an event or censored, long before the other.
  set("ends_early", c(1, 2, 2, 3, 3, 1, 3, 4, 4, 6, 7, 9, 9),
      c("recovery", "death", "recovery", "censored", "recovery", "death", "recovery", "recovery",
        "censored", "death", "recovery", "recovery", "censored"),
      rep(c("a", "b"), c(5, 8))),
  set("ends_in_event", c(1, 2, 2, 3, 1, 3, 4, 4, 6),
      c("recovery", "death", "recovery", "recovery", "death", "recovery", "recovery", "censored",
        "death"),
      rep(c("a", "b"), c(4, 5))),
  set("one_cause", c(2, 2, 3, 5, 5, 8, 1, 2, 4, 4),
      c("recovery", "recovery", "censored", "recovery", "recovery", "recovery", "recovery",
        "recovery", "recovery", "censored"),
      rep(c("a", "b"), c(5, 5)))
)
tests <- list()
for (name in unique(gray$dataset)) {
  d <- gray[gray$dataset == name, ]
  found <- cuminc(d$time, d$cause, d$group, cencode = "censored")$Tests
  for (cause in rownames(found)) {
    tests[[length(tests) + 1]] <- data.frame(dataset = name, cause = cause,
                                             chi2 = found[cause, "stat"],
                                             df = found[cause, "df"],
                                             p_value = found[cause, "pv"])
  }
}
write.csv(gray, "gray_data.csv", row.names = FALSE)
write(tests, "gray_tests.csv")

# Cox regression (Efron) and the test of scaled Schoenfeld residuals against 1 - Kaplan-Meier, as
# survival had it before version 3 and lifelines has it: cox.zph is now a score test.
cox <- list()
survival_data <- read.csv("survival_data.csv")
extra <- rbind(
  data.frame(dataset = "tied", time = ceiling(rexp(80, rep(c(0.08, 0.16), 40))),
             status = rbinom(80, 1, 0.7), group = rep(c("a", "b"), 40)),
  data.frame(dataset = "crossing", time = c(1, 1, 2, 2, 3, 3, 4, 5, 20, 21, 22, 25, 30, 31,
                                            9, 10, 10, 11, 11, 12, 12, 13, 14, 14, 15, 15, 16, 17),
             status = 1, group = rep(c("a", "b"), each = 14))
)
write.csv(extra, "cox_data.csv", row.names = FALSE)
data <- rbind(survival_data, extra)
for (name in c("leukemia", "simulated", "tied", "crossing")) {
  d <- data[data$dataset == name, ]
  d <- d[order(d$time), ]
  d$group <- factor(d$group)
  fit <- coxph(Surv(time, status) ~ group, d, ties = "efron",
               control = coxph.control(eps = 1e-14, iter.max = 100))
  s <- summary(fit)
  km <- survfit(Surv(time, status) ~ 1, d)
  scaled <- as.matrix(residuals(fit, "scaledsch"))
  at <- 1 - km$surv[match(as.numeric(rownames(scaled)), km$time)]
  at <- at - mean(at)
  events <- sum(d$status)
  chi2 <- colSums(at * scaled)^2 / (events * diag(vcov(fit)) * sum(at^2))
  cox[[name]] <- data.frame(dataset = name, group = levels(d$group)[-1],
                            hazard_ratio = s$conf.int[, 1], conf_low = s$conf.int[, 3],
                            conf_high = s$conf.int[, 4], p_value = s$coefficients[, 5],
                            proportional_p = pchisq(chi2, 1, lower.tail = FALSE))
}
write(cox, "cox.csv")

# Tests of characteristics, with ties and small counts.
counts <- list(small = rbind(c(3, 1), c(1, 6)), large = rbind(c(51, 35), c(9, 14)),
               levels = rbind(c(2, 5, 3), c(6, 1, 1)), groups = rbind(c(4, 2), c(1, 5), c(3, 3)),
               four = rbind(c(3, 0, 2, 1), c(1, 4, 0, 2), c(0, 2, 3, 3)),
               big_levels = rbind(c(20, 15, 10), c(12, 18, 25)))
found <- list()
for (name in names(counts)) {
  x <- counts[[name]]
  expected <- outer(rowSums(x), colSums(x)) / sum(x)
  fisher <- min(expected) < 5
  found[[name]] <- data.frame(dataset = name, table = paste(apply(x, 1, paste, collapse = " "),
                                                            collapse = ";"),
                              test = if (fisher) "Fisher's exact" else "chi-squared",
                              p_value = if (fisher) fisher.test(x)$p.value
                                        else chisq.test(x, correct = FALSE)$p.value)
}
write(found, "counts_tests.csv")
numbers <- list(tied = list(c(1, 2, 2, 3, 5, 5, 8), c(2, 3, 5, 9, 9, 12)),
                distinct = list(c(1.1, 2.3, 3.7, 4.2), c(2.5, 5.1, 6.3, 7.7, 9.2)),
                three = list(c(1, 2, 2, 4), c(2, 4, 5, 5, 7), c(6, 7, 7, 9)))
found <- list()
for (name in names(numbers)) {
  x <- numbers[[name]]
  two <- length(x) == 2
  test <- if (two) wilcox.test(x[[1]], x[[2]], exact = if (name == "tied") FALSE else NULL)
          else kruskal.test(x)
  found[[name]] <- data.frame(dataset = name, table = paste(sapply(x, paste, collapse = " "),
                                                            collapse = ";"),
                              test = if (two) "Mann-Whitney" else "Kruskal-Wallis",
                              p_value = test$p.value)
}
write(found, "numbers_tests.csv")
