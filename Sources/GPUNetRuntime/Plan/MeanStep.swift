internal import CGPUNetKernels

/// The mean of every channel over height and width.
final class MeanStep: PlanStep {
  private let input: PlannedMap
  private let blocks: EvenDivision

  init(_ input: PlannedMap, _ output: PlannedMap, layerIndex: Int, threadCount: Int) {
    self.input = input
    blocks = EvenDivision(input.layout.blockCount, longest: 16, multiple: threadCount)
    super.init(
      layerIndex: layerIndex, title: "mean", kernel: "mean", multiplyAdds: 0, inputs: [input],
      output: output,
      taskCount: input.layout.imageCount * blocks.partCount, scratchCount: 0)
  }

  override func run(_ task: Int, in memory: StepMemory) {
    let image = task / blocks.partCount
    for block in blocks[task % blocks.partCount] {
      var arguments = unsafe gpk_f32_mean(
        input: memory.start(of: input) + image * input.layout.imageStride
          + block * input.layout.blockStride,
        count: input.layout.planeCount, scale: 1 / Float(input.layout.planeCount),
        output: memory.start(of: output) + image * output.layout.imageStride
          + block * output.layout.blockStride)
      unsafe memory.kernels.pointee.mean(&arguments)
    }
  }
}
