import BinaryInput
import Equivalence
import Foundation
import GPUNetKit
import NumPyArrays
import StrictJSON
import TensorData
import TestSupport
import Testing

/// What the published helper prints of a fixture picture.
private struct HelperCase: Sendable, CustomTestStringConvertible {
  let picture: String
  let preset: String
  let size: [Int]
  let classes: [(index: Int, name: String, percentage: String, probability: Double)]

  var testDescription: String { "\(picture), \(preset)" }
  var path: String { Fixture.path("pictures/\(picture)") }
  /// The lines that are expected under the picture's name.
  var lines: String {
    let width = classes.map(\.percentage.count).max() ?? 0
    return classes.map { seen in
      "  \(String(repeating: " ", count: width - seen.percentage.count))\(seen.percentage)  "
        + "\(seen.name)\n"
    }.joined()
  }

  static let all: [HelperCase] = {
    let json = try! JSONValue(parsing: Fixture.bytes("run/expected.json"))
    return json.array!.map { row in
      HelperCase(
        picture: row["picture"]!.string!, preset: row["preset"]!.string!,
        size: row["size"]!.array!.map { $0.integer! },
        classes: row["classes"]!.array!.map {
          (
            $0["index"]!.integer!, $0["name"]!.string!, $0["percentage"]!.string!,
            $0["probability"]!.double!
          )
        })
    }
  }()
}

@Suite struct `gpunet-run` {
  private static let arch = ["--arch", Fixture.path("original/plain.json")]
  private static let labels = ["--labels", Fixture.path("run/labels.txt")]
  private static let checkpoint = Fixture.path("original/plain.pth")

  /// A converted fixture with the names of its classes.
  private static func converted(in folder: TemporaryFolder) throws -> String {
    let path = folder.file("model.gpw")
    let result = try Tool.run(
      "gpunet-convert", [checkpoint, path, "--no-verify"] + arch + labels)
    #expect(result.code == 0, "\(result.errorOutput)")
    return path
  }

  @Test func `prints what the published helper does`() throws {
    let folder = TemporaryFolder()
    let model = try Self.converted(in: folder)
    for (preset, cases) in Dictionary(grouping: HelperCase.all, by: \.preset) {
      for threads in ["1", "3"] {
        let result = try Tool.run(
          "gpunet-run", [model] + cases.map(\.path) + ["--preset", preset, "--threads", threads])
        #expect(result.code == 0)
        #expect(result.errorOutput.isEmpty)
        #expect(result.output == cases.map { "\($0.path)\n\($0.lines)" }.joined())
      }
    }
    #expect(HelperCase.all.count >= 10)
  }

  @Test func `prints JSON that its schema describes, with probabilities as PyTorch has them`()
    throws
  {
    let folder = TemporaryFolder()
    let model = try Self.converted(in: folder)
    let cases = HelperCase.all.filter { $0.preset == "hub" }
    let result = try Tool.run(
      "gpunet-run",
      [model] + cases.map(\.path) + ["/nowhere.png", "--preset", "hub", "--json", "--top", "3"])
    #expect(result.code == 1)
    let json = try JSONValue(parsing: Bytes(copying: Array(result.output.utf8)))
    #expect(try JSONSchema("gpunet-run.schema.json").violations(of: json) == [])
    let pictures = try #require(json["pictures"]?.array)
    #expect(pictures.count == cases.count + 1)
    for (found, expected) in zip(pictures, cases) {
      #expect(found["file"]?.string == expected.path)
      #expect([found["width"]?.integer, found["height"]?.integer] == expected.size)
      let classes = try #require(found["classes"]?.array)
      #expect(classes.map { $0["index"]?.integer } == expected.classes.prefix(3).map(\.index))
      #expect(classes.map { $0["name"]?.string } == expected.classes.prefix(3).map(\.name))
      for (found, expected) in zip(classes, expected.classes) {
        #expect(abs(try #require(found["probability"]?.double) - expected.probability) < 1e-6)
      }
    }
    #expect(pictures.last?["exitCode"]?.integer == 66)
    #expect(pictures.last?["error"]?.string?.contains("io.open") == true)
    #expect(json["accuracy"]?.isNull == true)
    #expect(json["preparation"]?["crop"]?.array?.map(\.integer) == [224, 224])
  }

  @Test func `converts other files in memory, and says how to keep them`() throws {
    let expected = try #require(HelperCase.all.first { $0.preset == "published" })
    let result = try Tool.run(
      "gpunet-run", [Self.checkpoint, expected.path] + Self.arch + Self.labels)
    #expect(result.code == 0)
    #expect(result.output == "\(expected.path)\n\(expected.lines)")
    #expect(result.errorOutput.contains("gpunet-convert \(Self.checkpoint) plain.gpw\n"))
    let quiet = try Tool.run(
      "gpunet-run", [Self.checkpoint, expected.path, "--quiet"] + Self.arch + Self.labels)
    #expect(quiet.errorOutput.isEmpty)
    #expect(quiet.output == result.output)
  }

  @Test func `goes on after a picture that cannot be read, and takes standard input`() throws {
    let folder = TemporaryFolder()
    let model = try Self.converted(in: folder)
    let good = try #require(HelperCase.all.first { $0.preset == "published" })
    let bad = Fixture.path("pictures/bad-cut.png")
    let result = try Tool.run("gpunet-run", [model, bad, "-"], input: good.path)
    #expect(result.code == 1)
    #expect(result.output == "-\n\(good.lines)")
    #expect(result.errorOutput.contains("[picture.truncated]"))
    #expect(result.errorOutput.split(separator: "\n").count == 1)
    let allowed = try Tool.run("gpunet-run", [model, bad, "--allow-truncated", "--top", "1"])
    #expect(allowed.code == 0)
    #expect(allowed.output.split(separator: "\n").count == 2)
  }

  @Test func `counts how often it is right where folders are named after classes`() throws {
    let folder = TemporaryFolder()
    let model = try Self.converted(in: folder)
    let cases = HelperCase.all.filter { $0.preset == "published" }
    let manager = FileManager.default
    // The first class of the first picture is right; the second one's is another one.
    let rightName = cases[0].classes[0].name.split(separator: ",")[0]
    for (name, picture) in [(String(rightName), cases[0]), ("10", cases[1])] {
      try manager.createDirectory(
        atPath: folder.file("sorted/\(name)"), withIntermediateDirectories: true)
      try manager.copyItem(
        atPath: picture.path, toPath: folder.file("sorted/\(name)/\(picture.picture)"))
      try Data("no picture".utf8).write(
        to: URL(fileURLWithPath: folder.file("sorted/\(name)/notes.txt")))
    }
    let result = try Tool.run("gpunet-run", [model, folder.file("sorted"), "--top", "1"])
    #expect(result.code == 0)
    #expect(result.errorOutput == "note: 2 files in the folders are no pictures\n")
    #expect(result.output.contains("\ntop-1 50.0% (1 of 2), top-5 "))
    #expect(result.output.contains("k, k of the fixtures  \(cases[1].classes[0].name)"))
    // Four lines of pictures, one of shares, two of what is mistaken.
    #expect(result.output.split(separator: "\n").count == 7)

    try manager.createDirectory(
      atPath: folder.file("sorted/nothing known"), withIntermediateDirectories: true)
    let refused = try Tool.run("gpunet-run", [model, folder.file("sorted")])
    #expect(refused.code == 1)
    #expect(refused.errorOutput.contains("[folders.class]"))
    let plain = try Tool.run("gpunet-run", [model, folder.file("sorted"), "-r", "--csv"])
    #expect(plain.code == 0)
    let rows = plain.output.components(separatedBy: "\r\n")
    #expect(rows.first == "file,rank,index,class,probability")
    #expect(rows.count == 12)
    #expect(rows.contains { $0.contains(",\"d, \"\"quoted\"\"\",") || $0.contains(",3,") })
  }

  @Test func `refuses what excludes each other, and preparations that cannot be`() throws {
    let folder = TemporaryFolder()
    let model = try Self.converted(in: folder)
    let picture = HelperCase.all[0].path
    for (options, says) in [
      (["--json", "--csv"], "exclude"), (["--crop", "0"], "--crop"), (["--std", "0,1,1"], "--std"),
      (["--preset", "other"], "--preset"), (["--top", "0"], "--top"),
    ] {
      let result = try Tool.run("gpunet-run", [model, picture] + options)
      #expect(result.code == 64)
      #expect(result.errorOutput.contains(says), "\(result.errorOutput)")
    }
    let small = try Tool.run("gpunet-run", [model, picture, "--max-pixels", "10"])
    #expect(small.code == 1)
    #expect(small.errorOutput.contains("[picture.pixels]"))
  }

  @Test(arguments: ["fast", "reference"], ["npz", "h5", "safetensors"])
  func `runs recorded input, and writes what PyTorch recorded`(
    executor: String, ending: String
  ) throws {
    let folder = TemporaryFolder()
    let model = try Self.converted(in: folder)
    let recording = Fixture.path("original/plain.npz")
    let output = folder.file("answers.\(ending)")
    // A folded file in 32 bits is not the network that was recorded, to the last bit.
    let source = executor == "reference" ? [Self.checkpoint] + Self.arch : [model]
    let result = try Tool.run(
      "gpunet-run",
      source + ["--input", recording, "--output", output, "--executor", executor, "--trace"])
    #expect(result.code == 0, "\(result.errorOutput)")
    #expect(result.output.isEmpty)
    let (found, expected) = (try GoldenFile(opening: output), try GoldenFile(opening: recording))
    #expect(try found.input.doubles() == expected.input.doubles())
    let bar = executor == "reference" ? 1e-10 : 1e-5
    func difference(_ found: Tensor, _ expected: Tensor) throws -> Double {
      #expect(found.shape == expected.shape)
      let (found, expected) = (try found.doubles(), try expected.doubles())
      return zip(found, expected).map { abs($0 - $1) }.max()! / expected.map(abs).max()!
    }
    #expect(try difference(found.output(), expected.output()) < bar)
    for name in ["head: 2", "stage: 2 layer6", " layer10"] {
      let (layer, recorded) = (try found.layer(name), try expected.layer(name))
      #expect(try difference(#require(layer), #require(recorded)) < bar, "\(name)")
    }
    let again = try Tool.run("gpunet-run", source + ["--input", output, "--output", output])
    #expect(again.code == 73)
  }

  @Test func `writes what a network is given of pictures, and its answers alone`() throws {
    let folder = TemporaryFolder()
    let model = try Self.converted(in: folder)
    let pictures = HelperCase.all.filter { $0.preset == "hub" }
    let (all, answers) = (folder.file("all.npz"), folder.file("answers.npy"))
    for output in [all, answers] {
      let result = try Tool.run(
        "gpunet-run",
        [model] + pictures.map(\.path) + ["--preset", "hub", "--output", output])
      #expect(result.code == 0, "\(result.errorOutput)")
    }
    let golden = try GoldenFile(opening: all)
    #expect(golden.input.shape == [pictures.count, 3, 224, 224])
    let logits = try golden.output().doubles()
    #expect(try Tensor(npy: MappedFile(path: answers).bytes).doubles() == logits)
    for (index, picture) in pictures.enumerated() {
      let own = Array(logits[(11 * index)..<(11 * index + 11)])
      let best = own.indices.max { own[$0] < own[$1] }
      #expect(best == picture.classes[0].index)
    }
    for (options, says) in [
      (["--input", all], "--output"), ([pictures[0].path, "--trace"], "'--trace' needs"),
      (["--input", all, "--output", all, "--json"], "--json"),
      (["--input", all, "--output", folder.file("x.gpw")], "request.unsuitable"),
    ] {
      let result = try Tool.run("gpunet-run", [model] + options)
      #expect(result.code == 64)
      #expect(result.errorOutput.contains(says), "\(result.errorOutput)")
    }
  }
}
