import CommandLineTool

/// A tool with one of everything.
let sampleTool = ToolDescription(
  name: "gpunet-sample", version: "1.2.3",
  abstract: "Turns one thing into another thing.",
  discussion: """
    The first paragraph says what nobody would guess from the names of the options, and it is
    long enough to be wrapped.

    The second one is short.
    """,
  arguments: [
    ArgumentDescription("input", help: "The file to read."),
    ArgumentDescription(
      "output", .optional,
      help: "The file to write; where none is given the tool's words go to standard output."),
  ],
  options: [
    .option(
      "ema", value: "mode", .choice(["auto", "always", "never"]), default: "auto",
      help: "Whether to take the averaged weights of a training checkpoint."),
    .option("golden", short: "g", value: "file", .path, help: "Compare with recorded outputs."),
    .option("threads", value: "count", .integer(1...64), help: "The number of threads."),
    .option("runs", value: "n", .integer(1...Int.max), default: "5", help: "How often."),
    .option("label", value: "text", repeats: true, help: "It's a [label]: said again and again."),
    .flag("force", short: "f", help: "Replace what is there."),
    .flag("verbose", short: "v", help: "Say more."),
  ])

/// A tool that takes any number of files.
let severalTool = ToolDescription(
  name: "several", version: "0.1", abstract: "Takes files.",
  arguments: [ArgumentDescription("files", .oneOrMore, help: "The files.")])

/// A tool that takes one file and makes another, or takes any number of them.
let formsTool = ToolDescription(
  name: "forms", version: "0.1", abstract: "Takes one file or many.",
  arguments: [
    ArgumentDescription("input", help: "The file to read."),
    ArgumentDescription("output", help: "The file to write."),
  ],
  forms: [
    ArgumentForm(
      with: "into", [ArgumentDescription("inputs", .oneOrMore, help: "The files to read.")])
  ],
  options: [.option("into", value: "folder", .path, help: "Where the files go.")])

/// A tool that does another thing where the first word says so.
let wordsTool = ToolDescription(
  name: "words", version: "0.1", abstract: "Looks at a file.",
  arguments: [ArgumentDescription("file", help: "The file to look at.")],
  options: [
    .option("format", value: "format", .choice(["text", "json"]), help: "What to print."),
    .flag("deep", help: "Look twice."),
  ],
  subcommands: [
    ToolDescription(
      name: "words diff", version: "0.1", abstract: "Compares two files.",
      discussion: "A file called diff is ./diff.",
      arguments: [
        ArgumentDescription("a", help: "One file."), ArgumentDescription("b", help: "Another."),
      ],
      options: [
        .option("format", value: "format", .choice(["brief", "long"]), help: "How much."),
        .flag("verbose", short: "v", help: "Say more."),
      ])
  ])
