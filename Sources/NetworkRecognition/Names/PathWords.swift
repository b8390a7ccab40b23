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
    "ema", "swa", "avg", "average", "averaged", "averages", "averaging", "polyak", "shadow",
    "mean", "ewma", "lawa",
  ]

  /// Words before one of those that deny it.
  static let denying: Set<String> = [
    "no", "non", "not", "with", "without", "wo", "pre", "before", "un", "exp", "sq", "square",
    "squared",
  ]

  /// Words after one of those by which it is no average of weights: a metric, or what an average was
  /// made of.
  static let otherMeanings: Set<String> = [
    "acc", "accuracy", "ap", "auc", "auroc", "backup", "bleu", "cer", "corr", "dice", "epoch",
    "error", "f", "init", "iou", "kappa", "live", "loss", "mae", "map", "metric", "mse", "off",
    "online", "pool", "precision", "psnr", "rank", "raw", "recall", "return", "reward", "rmse",
    "score", "sensitivity", "source", "specificity", "ssim", "test", "time", "top", "train",
    "val", "wer",
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

  /// Words of what only training computes.
  static let loss: Set<String> = ["criteria", "criterion", "loss", "losses"]

  /// Words of metrics, augmentation and distillation, whose states are no layers.
  private static let training: Set<String> = [
    "acc", "accuracy", "ap", "auc", "aug", "augment", "augmentation", "augmentations", "auroc",
    "confmat", "dice", "distill", "distillation", "err", "error", "errors", "f", "iou", "kappa",
    "kd", "mae", "map", "metric", "metrics", "mse", "precision", "psnr", "recall", "ssim",
    "test", "train", "val",
  ]

  /// Whether the words of a path mean what only training computes; `min_val` is another value.
  static func areTrainings(_ words: [String]) -> Bool {
    words.contains { training.contains($0) } && !words.contains { $0 == "min" || $0 == "max" }
  }

  /// Whether one of the words is a part of the training that inference has nothing of: what stands
  /// under `train_aug` is not even a layer of the network.
  static func havePhase(_ words: [String]) -> Bool {
    words.contains { ["test", "train", "training", "val", "valid", "validation"].contains($0) }
  }

  /// Names of numbers that the logits are multiplied with, divided by or shifted by.
  static let scales: Set<[String]> = [
    ["temperature"], ["temp"], ["log", "temperature"], ["logit", "scale"], ["logits", "scale"],
    ["logit", "bias"],
  ]

  /// Words of what is fitted on the logits after the training.
  static let calibration: Set<String> = ["calib", "calibration", "calibrator", "platt"]

  /// Whether the words of a name mean what is subtracted from pixels, or what these are divided by.
  static func areNormalization(_ words: [String]) -> Bool {
    guard let last = words.last, words.count <= 2 else { return false }
    let first = words.count == 2 ? words[0] : nil
    return statistics.contains(last) && first.map { pixels.contains($0) } ?? true
      || first == "input" && ["scale", "shift"].contains(last)
  }

  private static let statistics: Set<String> = ["mean", "means", "std", "stds", "var", "variance"]

  private static let pixels: Set<String> = [
    "channel", "data", "dataset", "image", "imagenet", "img", "input", "norm", "normalize",
    "pixel", "rgb",
  ]

  /// Words of a network that another one learns from.
  static let teacher: Set<String> = ["teacher", "teachers"]
}
