import GPUNetCommands

InspectCommand.main()
