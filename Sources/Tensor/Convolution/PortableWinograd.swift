import CGraftCompute
import CGraftKernels

/// Winograd's minimal filtering F(4×4, 3×3) by kernels of this package, for every shape that ``ConvolutionShape/isMinimalFiltering``.
struct PortableWinograd: ConvolutionExecutor {
  let shape: ConvolutionShape

  var isPortable: Bool { true }

  /// Whether the portable form is faster than direct convolution, measured with AVX2 and with AVX-512.
  ///
  /// - With fewer than 32 channels on one side, transforms take longer than products.
  /// - Tiles hang over the border of an image; it must not be so far that products are less than halved (5×5 pixels
  ///   take as many tiles as 8×8).
  /// - A kernel's transform costs as much as the products of some 25 tiles, and forward it has often been kept.
  func pays(_ direction: graft_direction) -> Bool {
    let isBackwardData = direction == GRAFT_BACKWARD_DATA
    let (height, width) =
      isBackwardData ? (shape.inputHeight, shape.inputWidth) : (shape.outputHeight, shape.outputWidth)
    let tiles = Self.tileCount(height, width)
    let isForward = direction == GRAFT_FORWARD_TRAINING || direction == GRAFT_FORWARD_INFERENCE
    return min(shape.inputChannels, shape.outputChannels) >= 32 && 9 * height * width >= 2 * 36 * tiles
      && shape.batch * tiles >= (isForward ? 16 : 32)
  }

  /// Whether inference takes the portable form although the library has one: with many channels it is as fast or faster, and
  /// the library takes ten times as long for the transform of a kernel, 60 to 80 ms for 512×512 channels. For few tiles, the library's
  /// smaller transforms are faster to read.
  var isPreferredInInference: Bool {
    let tiles = shape.batch * Self.tileCount(shape.outputHeight, shape.outputWidth)
    return shape.inputChannels * shape.outputChannels >= (tiles >= 32 ? 128 * 128 : 512 * 512)
  }

  /// The number of tiles, of 4×4 pixels each, that cover one image.
  private static func tileCount(_ height: Int, _ width: Int) -> Int { ((height + 3) / 4) * ((width + 3) / 4) }

  /// The name that ``convolutionImplementations(input:kernel:strides:padding:algorithm:)`` reports.
  static var implementation: String { "portable winograd F(4x4, 3x3)" }
}

// MARK: The three directions

extension PortableWinograd {
  func implementation(_ direction: graft_direction) -> String { Self.implementation }

  func ordered(_ input: Tensor, hasBias: Bool) -> Tensor { input.rowMajor }

  func inferred(
    _ input: Tensor, kernel: Tensor, bias: Tensor?, addingTo sum: consuming Tensor?, fusedReLU: Bool
  ) -> Tensor {
    func forward(fusedReLU: Bool) -> Tensor {
      self.forward(input, kernel: kernel, bias: bias, fusedReLU: fusedReLU, training: false)
    }
    guard let sum = consume sum else { return forward(fusedReLU: fusedReLU) }
    let total = forward(fusedReLU: false) + sum.asFloat32
    return fusedReLU ? relu(total) : total
  }

  func forward(_ input: Tensor, kernel: Tensor, bias: Tensor?, fusedReLU: Bool, training: Bool) -> Tensor {
    let transformed = transformedKernel(kernel, isMirrored: false)
    return filtered(
      GRAFT_FORWARD_TRAINING, input, by: transformed, as: filtering, to: shape.outputShape, bias: bias,
      fusedReLU: fusedReLU)
  }

  /// The gradient of the input is the gradient of the result, filtered by the kernel's mirror image.
  func inputGradient(of gradient: Tensor, kernel: Tensor) -> Tensor {
    let mirrored = graft_winograd(
      batch: Int64(shape.batch), input_height: Int64(shape.outputHeight),
      input_width: Int64(shape.outputWidth),
      input_channels: Int64(shape.outputChannels), output_height: Int64(shape.inputHeight),
      output_width: Int64(shape.inputWidth), output_channels: Int64(shape.inputChannels),
      padding_top: Int64(2 - shape.paddingTop), padding_left: Int64(2 - shape.paddingLeft),
      input_in_blocks: 0, output_in_blocks: 0, threads: filtering.threads)
    let transformed = transformedKernel(kernel, isMirrored: true)
    return filtered(
      GRAFT_BACKWARD_DATA, gradient, by: transformed, as: mirrored, to: shape.inputShape, bias: nil,
      fusedReLU: false)
  }

  func kernelAndBiasGradients(of gradient: Tensor, input: Tensor, hasBias: Bool) -> (
    kernel: Tensor, bias: Tensor?
  ) {
    var filtering = filtering
    let scratch = Storage(scalarCount: graft_winograd_gradient_scratch(&filtering))
    let bias = hasBias ? Tensor(uninitialized: [shape.outputChannels]) : nil
    let (input, gradient) = (input.asFloat32.rowMajor, gradient.asFloat32.rowMajor)
    let bytes = input.storage.byteCount + gradient.storage.byteCount
    let kernel = profiled(GRAFT_BACKWARD_WEIGHTS, bytes: bytes) {
      Tensor(shape: shape.kernelShape) { result in
        input.withUnsafeScalars { input in
          gradient.withUnsafeScalars { gradient in
            graft_winograd_gradient(
              &filtering, input.baseAddress, gradient.baseAddress, scratch.scalars, result.baseAddress,
              bias?.storage.scalars)
          }
        }
      }
    }
    return (kernel, bias)
  }

  private var filtering: graft_winograd {
    graft_winograd(
      batch: Int64(shape.batch), input_height: Int64(shape.inputHeight), input_width: Int64(shape.inputWidth),
      input_channels: Int64(shape.inputChannels), output_height: Int64(shape.outputHeight),
      output_width: Int64(shape.outputWidth), output_channels: Int64(shape.outputChannels),
      padding_top: Int64(shape.paddingTop), padding_left: Int64(shape.paddingLeft),
      input_in_blocks: 0, output_in_blocks: 0, threads: Int64(ComputeEnvironment.current.threadCount))
  }

  private func filtered(
    _ direction: graft_direction, _ images: Tensor, by kernel: Storage, as filtering: graft_winograd,
    to shape: Tensor.Shape, bias: Tensor?, fusedReLU: Bool
  ) -> Tensor {
    var filtering = filtering
    let scratch = Storage(scalarCount: graft_winograd_forward_scratch(&filtering))
    let (images, inBlocks) = images.asFloat32.inBlocksOrRowMajor
    // The operation that follows images in blocks wants blocks, too.
    let layout = inBlocks ? Layout.imageInBlocks(shape) : nil
    filtering.input_in_blocks = inBlocks ? 1 : 0
    filtering.output_in_blocks = layout == nil ? 0 : 1
    return profiled(direction, bytes: images.storage.byteCount + kernel.byteCount) {
      let result = Storage(scalarCount: Int64(shape.scalarCount))
      withExtendedLifetime((images, kernel, scratch, bias)) {
        graft_winograd_forward(
          &filtering, images.storage.scalars, kernel.scalars, bias?.storage.scalars, fusedReLU ? 1 : 0,
          scratch.scalars, result.scalars)
      }
      return Tensor(shape: shape, scalarType: .float32, storage: result, layout: layout)
    }
  }

  /// - Parameter bytes: what is read.
  private func profiled(_ direction: graft_direction, bytes: Int, _ body: () -> Tensor) -> Tensor {
    let written = (direction == GRAFT_BACKWARD_DATA ? shape.inputShape : shape.outputShape).scalarCount
    return ComputeProfile.recording(
      shape.work(of: direction), implementation: Self.implementation,
      bytes: bytes + written * ScalarType.float32.byteCount, body)
  }

  /// The transform of a kernel H,W,I,O, four times as large; kept with the kernel until that changes.
  private func transformedKernel(_ kernel: Tensor, isMirrored: Bool) -> Storage {
    let order = PackedOrder.winograd(
      inputChannels: shape.inputChannels, outputChannels: shape.outputChannels, isMirrored: isMirrored)
    return kernel.storage.packed(in: order) {
      ComputeProfile.current?.countKernelReorder()
      let (inputs, outputs) = (Int64(shape.inputChannels), Int64(shape.outputChannels))
      let (first, last) = isMirrored ? (outputs, inputs) : (inputs, outputs)
      let transformed = Storage(scalarCount: graft_winograd_kernel_count(first, last), isLasting: true)
      kernel.withUnsafeScalars { scalars in
        let transform = isMirrored ? graft_winograd_mirrored_kernel : graft_winograd_kernel
        transform(inputs, outputs, scalars.baseAddress, transformed.scalars)
      }
      return transformed
    }
  }
}

extension Tensor {
  /// The same images in one of the two orders that these kernels read.
  fileprivate var inBlocksOrRowMajor: (images: Tensor, inBlocks: Bool) {
    guard let layout, let blocks = Layout.imageInBlocks(shape), layout.isEqual(to: blocks) else {
      return (rowMajor, false)
    }
    return (self, true)
  }
}

extension Storage {
  fileprivate convenience init(scalarCount: Int64, isLasting: Bool = false) {
    self.init(byteCount: Int(scalarCount) * MemoryLayout<Float>.stride, isLasting: isLasting)
  }

  fileprivate var scalars: UnsafeMutablePointer<Float> { address.assumingMemoryBound(to: Float.self) }
}
