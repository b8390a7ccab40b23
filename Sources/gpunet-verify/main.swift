import GPUNetCommands

VerifyCommand.main()
