import CGraftCompute
@testable import GraftTensor
import TestSupport
import Testing

private func text(of result: ExitTest.Result?) throws -> String {
  String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
}

/// A convolution that no library can compute: the result is wider than what the kernel reaches.
private var impossible: graft_convolution {
  graft_convolution(
    direction: GRAFT_FORWARD_INFERENCE, algorithm: GRAFT_DIRECT, type: GRAFT_FLOAT32, has_bias: 1,
    accumulates: 0, fused_relu: 1, batch: 1, groups: 1, input_channels: 16, input_height: 4, input_width: 4,
    output_channels: 16, output_height: 4, output_width: 9, kernel_height: 3, kernel_width: 3,
    stride_height: 1, stride_width: 1, dilation_height: 1, dilation_width: 1, padding_top: 1,
    padding_left: 1, padding_bottom: 1, padding_right: 1)
}

@Suite struct ComputeFailureTests {
  @Test(arguments: [GRAFT_FORWARD_INFERENCE, GRAFT_BACKWARD_DATA, GRAFT_BACKWARD_WEIGHTS])
  func aFailedCallLeavesNoHandle(direction: graft_direction) {
    var description = impossible
    description.direction = direction
    // What was there before must not look like a primitive.
    var handle = OpaquePointer(bitPattern: 0xdead)
    #expect(graft_convolution_create(&description, &handle) == GRAFT_STATUS_FAILED)
    #expect(handle == nil)
    let failure = String(cString: graft_last_failure())
    #expect(failure.hasPrefix("dnnl_") && failure.hasSuffix(": invalid arguments"))
  }

  @Test func poolingsThatCannotBeLeaveNoHandle() {
    var description = graft_pooling(
      direction: GRAFT_BACKWARD_DATA, kind: GRAFT_POOLING_AVERAGE_INCLUDING_PADDING, batch: 1, channels: 3,
      input_height: 4, input_width: 4, output_height: 9, output_width: 2, window_height: 2, window_width: 2,
      stride_height: 2, stride_width: 2, padding_top: 0, padding_left: 0, padding_bottom: 0,
      padding_right: 0)
    var handle = OpaquePointer(bitPattern: 0xdead)
    let status = Layout.image([1, 4, 4, 3]).withHandle { graft_pooling_create(&description, $0, &handle) }
    #expect(status == GRAFT_STATUS_FAILED)
    #expect(handle == nil)
  }

  @Test func layoutsOfUnlikeSizesAreNotReordered() {
    let (from, to) = (Layout.image([1, 4, 4, 3]), Layout.image([1, 4, 5, 3]))
    var handle = OpaquePointer(bitPattern: 0xdead)
    let status = from.withHandle { from in to.withHandle { graft_reorder_create(from, $0, &handle) } }
    #expect(status == GRAFT_STATUS_FAILED)
    #expect(handle == nil)
  }

  @Test(.exits) func aRefusedLayoutEndsWithTheReason() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Layout(
        dimensions: Array(repeating: 1, count: 13), strides: Array(repeating: 1, count: 13))
    }
    let text = try text(of: result)
    #expect(text.contains("The compute library knows no layout for [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"))
    #expect(text.contains("(more axes than a layout has: invalid arguments)."))
  }

  @Test(.exits) func aRefusedCallEndsWithItsName() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let (from, to) = (Layout.image([1, 4, 4, 3]), Layout.image([1, 4, 5, 3]))
      reorder(Storage(byteCount: 192), from: from, to: to, into: Storage(byteCount: 240))
    }
    let text = try text(of: result)
    #expect(text.contains("The compute library failed to prepare an operation"))
    #expect(text.contains("(dnnl_reorder_primitive_desc_create: invalid arguments)."))
  }

  @Test(.exits) func memoryThatIsNotThereIsSaid() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor(shape: [1 << 58]) { _ in }
    }
    #expect(try text(of: result).contains("There is no memory for a tensor of 1152921504606846976 bytes."))
  }
}
