import GPUNetCommands

RunCommand.main()
