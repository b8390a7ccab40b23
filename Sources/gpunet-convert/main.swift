import GPUNetCommands

ConvertCommand.main()
