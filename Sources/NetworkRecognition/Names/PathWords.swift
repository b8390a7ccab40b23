/// The words of a key path in small letters, however they are joined: `modelEMA`, `ema_state_dict`
/// and `ema1.module` have `ema` among them.
enum PathWords {
  /// Takes a path apart where anything but letters stands, and where capitals begin a word.
  static func words(of path: String) -> [String] {
    var words: [String] = []
    var word: [Character] = []
    let characters = Array(path)
    func end() {
      if !word.isEmpty { words.append(String(word).lowercased()) }
      word = []
    }
    for (index, character) in characters.enumerated() {
      guard character.isLetter else {
        end()
        continue
      }
      let next = index + 1 < characters.count ? characters[index + 1] : " "
      // `emaModel` begins a word at M, and so does `EMAModel`.
      if character.isUppercase, let last = word.last, last.isLowercase || next.isLowercase { end() }
      word.append(character)
    }
    end()
    return words
  }
}

extension PathWords {
  /// Words that mean an average of the weights.
  static let average: Set<String> = [
    "ema", "swa", "avg", "average", "averaged", "averages", "averaging", "polyak", "shadow", "mean",
    "ewma", "lawa",
  ]

  /// Words before one of those that deny it.
  static let denying: Set<String> = [
    "no", "non", "not", "without", "wo", "pre", "before", "un", "exp",
    "sq", "square", "squared",
  ]

  /// Words after one of those by which it is no average of weights: a metric, or what an average was
  /// made of.
  static let otherMeanings: Set<String> = [
    "acc", "accuracy", "ap", "auc", "auroc", "backup", "bleu", "cer", "corr", "dice", "epoch",
    "error",
    "f", "init", "iou", "kappa", "live", "loss", "mae", "map", "metric", "mse", "off", "online",
    "pool",
    "precision", "psnr", "rank", "raw", "recall", "return", "reward", "rmse", "score",
    "sensitivity",
    "source", "specificity", "ssim", "test", "time", "top", "train", "val", "wer",
  ]

  /// Words of what goes with weights and is none: squares and variances of them.
  static let moments: Set<String> = [
    "cov", "covariance", "sq", "square", "squared", "std", "var", "variance",
  ]

  /// Words of what an optimizer keeps, whose means are none of weights.
  static let optimizer: Set<String> = [
    "adam", "adamw", "grad", "gradient", "gradients", "grads", "moment", "momentum", "opt",
    "optim", "optimizer", "optimizers",
  ]

  /// Words of an average of one parameter that an optimizer keeps: averaged gradient descent,
  /// stochastic weight averaging, Lookahead.
  private static let optimizerAverage: Set<String> = ["ax", "cached", "ema", "slow", "swa"]

  /// Whether a path leads into what an optimizer keeps.
  static func isOptimizers(_ path: String) -> Bool {
    words(of: path).contains { optimizer.contains($0) }
  }

  /// Whether an optimizer's name for a tensor means an average of a parameter, and not of gradients.
  static func isOptimizersAverage(_ name: String) -> Bool {
    let words = words(of: name)
    return words.contains { optimizerAverage.contains($0) }
      && !words.contains { optimizer.contains($0) || $0 == "exp" }
  }

  /// Words of what training computes beside the network's answer.
  static let loss: Set<String> = [
    "acc", "accuracy", "auc", "aug", "augment", "augmentation", "augmentations", "auroc", "confmat",
    "criteria", "criterion", "distill", "distillation", "err", "error", "errors", "kd", "loss",
    "losses", "metric", "metrics", "precision", "recall",
  ]

  /// Names of numbers that the logits are multiplied with, divided by or shifted by.
  static let scales: Set<[String]> = [
    ["temperature"], ["temp"], ["log", "temperature"], ["logit", "scale"], ["logits", "scale"],
    ["logit", "bias"],
  ]

  /// Words of what is fitted on the logits after the training.
  static let calibration: Set<String> = ["calib", "calibration", "calibrator", "platt"]

  /// Names of numbers that are subtracted from pixels, or that these are divided by.
  static let normalizations: Set<[String]> = [
    ["mean"], ["std"], ["pixel", "mean"], ["pixel", "std"], ["image", "mean"], ["image", "std"],
    ["means"], ["stds"], ["var"], ["variance"], ["channel", "mean"], ["channel", "std"],
    ["input", "scale"], ["input", "shift"], ["input", "mean"], ["input", "std"],
  ]

  /// Words of a network that another one learns from.
  static let teacher: Set<String> = ["teacher", "teachers"]
}
