import BinaryInput
import Foundation
import ImagePreparation
import PictureFiles
import TestSupport
import Testing

@Suite struct `The page of gpunet-run` {
  private let folder = TemporaryFolder()
  private static let hub = ["--preset", "hub"]

  /// A converted fixture; its classes have names that would be more than text in a page.
  private func model() throws -> String {
    let names = [
      "<script>alert(\"1\")</script>", "it's \"quoted\" & <b>bold</b>", "&amp;", "a\u{202E}b",
    ]
    let labels = try folder.write(
      Array((names + (4..<11).map { "plain \($0)" }).map { $0 + "\n" }.joined().utf8),
      to: "labels.txt")
    let path = folder.file("model.gpw")
    let result = try Tool.run(
      "gpunet-convert",
      [
        Fixture.path("original/plain.pth"), path, "--no-verify", "--arch",
        Fixture.path("original/plain.json"), "--labels", labels,
      ])
    #expect(result.code == 0, "\(result.errorOutput)")
    return path
  }

  private func page(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
  }

  /// A text of a page as a browser shows it.
  private func shown(_ text: some StringProtocol) -> String {
    String(text).replacing("&lt;", with: "<").replacing("&gt;", with: ">")
      .replacing("&quot;", with: "\"").replacing("&#39;", with: "'").replacing("&amp;", with: "&")
  }

  /// What stands between one text and another, wherever it does.
  private func parts(of text: String, between start: String, and end: String) -> [Substring] {
    text.split(separator: start, omittingEmptySubsequences: false).dropFirst().map {
      $0.prefix(upTo: $0.firstRange(of: end)?.lowerBound ?? $0.endIndex)
    }
  }

  @Test func `has a figure for each picture, with the classes that are printed`() throws {
    let model = try model()
    let pictures = ["a-png.jpg", "bad-cut.png", "animated.gif"].map {
      Fixture.path("pictures/\($0)")
    }
    let path = folder.file("page.html")
    let result = try Tool.run(
      "gpunet-run", [model] + pictures + Self.hub + ["--top", "11", "--html", path])
    #expect(result.code == 1)
    let page = try page(path)
    #expect(page.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">\n"))
    #expect(page.contains("default-src 'none'"))
    #expect(page.contains("<h1>model.gpw</h1>"))
    #expect(page.contains("resized to 256 px, bilinear, the middle 224 px, mean 0.485"))
    #expect(!page.contains("accuracy\""))
    let figures = parts(of: page, between: "<figure", and: "</figure>").map { String($0) }
    #expect(figures.count == 3)
    let printed = result.output.components(separatedBy: "\n").filter { $0.hasPrefix("  ") }.map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    let listed = figures.flatMap { figure in
      zip(
        parts(of: figure, between: "\"percentage\">", and: "</span>"),
        parts(of: figure, between: "\"name\">", and: "</span>")
      ).map { "\($0)  \(shown($1))" }
    }
    #expect(listed == printed)
    #expect(printed.count == 22)
    for line in ["<script>alert(\"1\")</script>", "it's \"quoted\" & <b>bold</b>", "a\\u{202e}b"] {
      #expect(listed.count { $0.hasSuffix("  \(line)") } == 2)
    }
    #expect(figures[1].contains("[picture.truncated]"))
    #expect(figures[1].contains("class=\"failed\""))
    #expect(!figures[1].contains("<img"))
    for (figure, picture) in zip(figures, pictures) {
      let name = parts(of: figure, between: "<p class=\"file\">", and: "</p>").joined()
      #expect(
        name.replacing("<span class=\"folder\">", with: "").replacing("</span>", with: "")
          == picture)
    }
    // Nothing is asked for from elsewhere.
    for word in ["<script", "<b>", "http:", "https:", "url(", "@import", "<link"] {
      #expect(!page.contains(word), "\(word)")
    }
  }

  @Test func `holds what the network was shown`() throws {
    let picture = Fixture.path("pictures/adobe-rgb.jpg")
    let path = folder.file("page.html")
    let result = try Tool.run(
      "gpunet-run", [try model(), picture, "--html", path] + Self.hub)
    #expect(result.code == 0)
    let page = try page(path)
    #expect(
      page.contains(
        "width=\"224\" height=\"224\" alt=\"adobe-rgb.jpg as the network was shown it\""))
    let text = try #require(
      parts(of: page, between: "src=\"data:image/jpeg;base64,", and: "\"").first)
    let data = try #require(Data(base64Encoded: String(text)))
    let found = try Picture(Bytes(copying: Array(data)), name: "page")
    let expected = try ImagePreparation.hub.croppedPicture(Picture(opening: picture))
    #expect(found.width == 224 && found.height == 224)
    var difference = 0
    for index in 0..<expected.pixels.count {
      difference += abs(Int(found.pixels[index]) - Int(expected.pixels[index]))
    }
    // What JPEG loses is little; Tests/Peers compares with what Pillow loses.
    #expect(difference < 3 * expected.pixels.count)
  }

  @Test func `shows names of files as they are`() throws {
    let name = "\"><img src=x onerror=alert(1)>'&lt;.png"
    try FileManager.default.copyItem(
      atPath: Fixture.path("pictures/animated.png"), toPath: folder.file(name))
    let bad = "<script>bad.png"
    try FileManager.default.copyItem(
      atPath: Fixture.path("pictures/bad-cut.png"), toPath: folder.file(bad))
    let path = folder.file("page.html")
    let result = try Tool.run(
      "gpunet-run", [try model(), folder.file(name), folder.file(bad), "--html", path])
    #expect(result.code == 1)
    let page = try page(path)
    #expect(!page.contains("<img src=x"))
    #expect(!page.contains("<script"))
    let escaped = "&quot;&gt;&lt;img src=x onerror=alert(1)&gt;&#39;&amp;lt;.png"
    #expect(page.contains("alt=\"\(escaped) as the network was shown it\""))
    #expect(page.contains("</span>\(escaped)</p>"))
    #expect(page.contains("&lt;script&gt;bad.png at 0x"))
  }

  @Test func `is the same whatever the number of threads`() throws {
    let model = try model()
    let pictures = ["a-png.jpg", "animated.gif", "animated.png"].map {
      Fixture.path("pictures/\($0)")
    }
    var pages: [String] = []
    for threads in ["1", "3", "3"] {
      let path = folder.file("page.html")
      let result = try Tool.run(
        "gpunet-run", [model] + pictures + ["--html", path, "--threads", threads, "--force"])
      #expect(result.code == 0, "\(result.errorOutput)")
      pages.append(try page(path))
    }
    #expect(Set(pages).count == 1)
  }

  @Test func `tells how often the network is right`() throws {
    let model = try model()
    try FileManager.default.createDirectory(
      atPath: folder.file("sorted/10"), withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: Fixture.path("pictures/a-png.jpg"), toPath: folder.file("sorted/10/a.jpg"))
    let path = folder.file("page.html")
    let result = try Tool.run("gpunet-run", [model, folder.file("sorted"), "--html", path])
    #expect(result.code == 0)
    let page = try page(path)
    let line = try #require(
      result.output.components(separatedBy: "\n").first { $0.hasPrefix("top-1 ") })
    #expect(page.contains("<p>\(line)</p>"))
    #expect(page.contains("<a href=\"#accuracy\">"))
    #expect(page.contains("<td>1</td><td>plain 10</td><td>"))
  }

  @Test func `replaces nothing unless it is asked to, and never what it is made of`() throws {
    let model = try model()
    let picture = folder.file("picture.jpg")
    try FileManager.default.copyItem(atPath: Fixture.path("pictures/a-png.jpg"), toPath: picture)
    let path = try folder.write(Array("kept".utf8), to: "page.html")
    let refused = try Tool.run("gpunet-run", [model, picture, "--html", path])
    #expect(refused.code == 73)
    #expect(refused.output.isEmpty)
    #expect(refused.errorOutput.contains("use --force to replace it [io.exists]"))
    #expect(try page(path) == "kept")
    for source in [model, picture] {
      let before = try MappedFile(path: source).bytes
      let same = try Tool.run("gpunet-run", [model, picture, "--html", source, "--force"])
      #expect(same.code == 73)
      #expect(same.errorOutput.contains("[io.same]"))
      #expect(try MappedFile(path: source).bytes == before)
    }
    let unknown = try Tool.run("gpunet-run", [picture, picture, "--html", path, "--force"])
    #expect(unknown.code != 0)
    #expect(try page(path) == "kept")
    let replaced = try Tool.run("gpunet-run", [model, picture, "--html", path, "--force"])
    #expect(replaced.code == 0)
    #expect(try page(path).hasPrefix("<!DOCTYPE html>"))
    let nowhere = try Tool.run(
      "gpunet-run", [model, picture, "--html", folder.file("none/page.html")])
    #expect(nowhere.code == 73)
    #expect(nowhere.output.isEmpty)
    let alone = try Tool.run("gpunet-run", [model, picture, "--force"])
    #expect(alone.code == 64)
    #expect(folder.names == ["labels.txt", "model.gpw", "page.html", "picture.jpg"])
  }
}
