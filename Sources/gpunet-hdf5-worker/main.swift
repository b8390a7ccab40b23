import HDF5Library

WorkerProcess.run()
