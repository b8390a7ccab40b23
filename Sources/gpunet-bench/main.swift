import GPUNetCommands

BenchCommand.main()
