internal import CGPUNetKernels

/// Multiplies every channel of a map by a gate, where it lies.
final class ScaleStep: PlanStep {
  private let gates: PlannedMap
  private let blocks: EvenDivision

  init(_ map: PlannedMap, by gates: PlannedMap, layerIndex: Int, threadCount: Int) {
    self.gates = gates
    blocks = EvenDivision(map.layout.blockCount, longest: 8, multiple: threadCount)
    super.init(
      layerIndex: layerIndex, title: "gates", kernel: "scale", multiplyAdds: 0,
      inputs: [map, gates], output: map, taskCount: map.layout.imageCount * blocks.partCount,
      scratchCount: 0)
  }

  override func run(_ task: Int, in memory: StepMemory) {
    let image = task / blocks.partCount
    let map = output.layout
    for block in blocks[task % blocks.partCount] {
      let place =
        unsafe memory.start(of: output) + image * map.imageStride + block * map.blockStride
      var arguments = unsafe gpk_f32_scale(
        input: place,
        factors: memory.start(of: gates) + image * gates.layout.imageStride
          + block * gates.layout.blockStride,
        count: map.planeCount, output: place)
      unsafe memory.kernels.pointee.scale(&arguments)
    }
  }
}
