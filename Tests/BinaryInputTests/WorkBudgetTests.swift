import BinaryInput
import Testing

@Suite struct `A work budget` {
  @Test func `pays for steps until there are none left`() throws {
    let budget = WorkBudget(WorkBudget.Limits(stepCount: 10))
    try budget.spend(steps: 4, on: "reading")
    try budget.spend(steps: 6, on: "reading")
    let error = #expect(throws: ReadError.self) { try budget.spend(steps: 1, on: "reading") }
    #expect(error?.code == .workBudget)
    #expect(error?.what.hasPrefix("reading takes more steps") == true)
    #expect(budget.stepCount == 10)
    #expect(throws: ReadError.self) { try budget.spend(steps: .max, on: "reading") }
  }

  @Test func `counts the bytes that are alive`() throws {
    let budget = WorkBudget(WorkBudget.Limits(liveByteCount: 100))
    try budget.reserve(bytes: 60, for: "a copy")
    let error = #expect(throws: ReadError.self) { try budget.reserve(bytes: 41, for: "a copy") }
    #expect(error?.code == .workBudget)
    #expect(error?.found == "41 beside 60")
    #expect(error?.remedy == .allowMoreBytes)
    budget.release(bytes: 30)
    try budget.reserve(bytes: 70, for: "a copy")
    #expect(budget.liveByteCount == 100)
    #expect(throws: ReadError.self) { try budget.reserve(bytes: .max, for: "a copy") }
  }
}
