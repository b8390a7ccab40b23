// Prints how often memory is allocated while a model is opened, and while it runs a hundred times.
import Glibc
import GPUNetRuntime

typealias Counter = @convention(c) () -> Int

let counter = unsafeBitCast(dlsym(nil, "counted_allocations")!, to: Counter.self)

let before = counter()
let model = try InferenceModel(path: CommandLine.arguments[1])
let session = try InferenceSession(model, threadCount: 2, batchSize: 2)
let images = [Float](repeating: 0.5, count: session.inputElementCount)
var logits = [Float](repeating: 0, count: session.outputElementCount)
session.predict(images, into: &logits)

let ready = counter()
for _ in 0..<100 { session.predict(images, into: &logits) }
let after = counter()
print("\(ready - before) to open, \(after - ready) to run")
