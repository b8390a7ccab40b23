import BinaryInput
import CommandLineTool
import GPUNetKit
import ImagePreparation
import ModelFiles
import NetworkFamilies
import NetworkProgram
import PictureFiles
import Spelling

/// A page with what a network sees in pictures: one file that shows everything without a network, has
/// no script, and is the same for the same pictures.
///
/// Each figure is written as soon as it is known, and the file gets its name when all are.
struct RunPage: ~Copyable {
  /// The quality of the pictures. Six photographs of 224 px were a quarter of their PNG files, encoded in
  /// a fortieth of the time; at 90, and with no colours halved, nobody sees a difference.
  static let pictureQuality = 90

  private var file: AtomicOutputFile
  /// How many classes are told of each picture.
  private let top: Int

  /// Creates the file, before anything is computed.
  ///
  /// - Parameters:
  ///   - path: The path of the page.
  ///   - replacing: Whether a file that is there already may be replaced.
  ///   - top: How many classes are told of each picture.
  /// - Throws: `io.exists`, `io.create`.
  init(path: String, replacing: Bool, top: Int) throws(ReadError) {
    file = try AtomicOutputFile(path: path, replacing: replacing)
    self.top = top
  }

  /// Writes what stands above the pictures.
  ///
  /// - Parameters:
  ///   - classifier: The network.
  ///   - pictures: The pictures that follow.
  /// - Throws: `io.same` where the page would replace the network or a picture, `io.write`.
  mutating func begin(_ classifier: Classifier, _ pictures: PictureList) throws(ReadError) {
    let model = classifier.identified.source.file.path
    if let identity = FileStatus.identity(of: file.path) {
      for path in [model] + pictures.paths where FileStatus.identity(of: path) == identity {
        throw ReadError(
          .sameFile, "the page would replace what it is made of", path: [file.path],
          advice: "give another path")
      }
    }
    let name = (classifier.identified.published?.name ?? RunPage.split(model).name).pageText
    let preparation = classifier.preparation
    var notes = "<p>Each picture as the network was shown it: \(preparation.text.pageText).</p>\n"
    if classifier.assumesPreparation {
      notes +=
        "<p>Nothing says which weights these are: that is what is usual for the network.</p>\n"
    }
    if pictures.classes != nil {
      notes += "<p><a href=\"#accuracy\">How often it is right</a></p>\n"
    }
    try write(
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" \
      content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(name): \(pictures.paths.count.counted("picture"))</title>
      <style>
      \(PageStyle.sheet)</style>
      </head>
      <body>
      <header>
      <h1>\(name)</h1>
      \(notes)</header>
      <main style="--picture: \(preparation.crop.width)px">

      """)
  }

  /// Writes the figure of a picture.
  ///
  /// - Throws: `io.write`; what encoding what was shown throws.
  mutating func append(_ outcome: PictureRun.Outcome) throws(ReadError) {
    let (folder, name) = RunPage.split(outcome.path)
    let title =
      (folder.isEmpty ? "" : "<span class=\"folder\">\(folder.pageText)</span>") + name.pageText
    switch outcome.result {
    case .success(let seen):
      let shown = try seen.shown.map { (shown) throws(ReadError) in
        try RunPage.image(shown, of: name)
      }
      let classes = seen.classes.prefix(top).map { RunPage.item($0) }.joined()
      try write(
        """
        <figure>
        \(shown ?? "")<figcaption>
        <p class="file">\(title)</p>
        <ol role="list">
        \(classes)</ol>
        </figcaption>
        </figure>

        """)
    case .failure(let error):
      try write(
        """
        <figure class="failed">
        <figcaption>
        <p class="file">\(title)</p>
        <p class="fault">\(EarlyExit(error).message.pageText)</p>
        </figcaption>
        </figure>

        """)
    }
  }

  /// Writes what stands below the pictures, and gives the file its name.
  ///
  /// - Throws: `io.write`.
  consuming func finish(_ report: RunReport) throws(ReadError) {
    let source = report.classifier.identified.source.file
    let accuracy = report.accuracy.map { RunPage.section($0, report) } ?? ""
    try write(
      """
      </main>
      \(accuracy)<footer class="source">
      <p>gpunet-run \(toolVersion), \(source.path.pageText), SHA-256 \(source.sha256())</p>
      </footer>
      </body>
      </html>

      """)
    try file.commit()
  }

  private mutating func write(_ text: String) throws(ReadError) {
    try file.write(Array(text.utf8))
  }

  /// What the network was shown, inside the page.
  private static func image(_ shown: Picture, of name: String) throws(ReadError) -> String {
    let data = Base64.text(of: try shown.jpegFile(quality: pictureQuality))
    return "<img src=\"data:image/jpeg;base64,\(data)\" width=\"\(shown.width)\" "
      + "height=\"\(shown.height)\" alt=\"\(name.pageText) as the network was shown it\">\n"
  }

  /// A class with its bar, which says nothing that the percentage does not.
  private static func item(_ seen: Classification) -> String {
    let width = fixed(Double(seen.probability) * 100, 2)
    return "<li><span class=\"name\">\(seen.title.pageText)</span> "
      + "<span class=\"percentage\">\(seen.percentage)</span>"
      + "<span class=\"bar\" aria-hidden=\"true\"><span style=\"width: \(width)%\"></span></span>"
      + "</li>\n"
  }

  /// How often the network was right, and what it mistakes most.
  private static func section(_ accuracy: Accuracy, _ report: RunReport) -> String {
    let rows = report.confusions(accuracy).map { row in
      "<tr>" + row.map { "<td>\($0.pageText)</td>" }.joined() + "</tr>\n"
    }
    let table =
      rows.isEmpty
      ? ""
      : """
      <table>
      <caption>What is mistaken most</caption>
      <thead><tr><th scope="col">times</th><th scope="col">is</th>\
      <th scope="col">taken for</th></tr></thead>
      <tbody>
      \(rows.joined())</tbody>
      </table>

      """
    return """
      <section id="accuracy">
      <h2>How often it is right</h2>
      <p>\(RunReport.shares(accuracy).pageText)</p>
      \(table)</section>

      """
  }

  /// The folder in a path, with the slash at its end, and the name in it.
  private static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return ("", path) }
    let start = path.index(after: slash)
    return (String(path[..<start]), String(path[start...]))
  }
}
