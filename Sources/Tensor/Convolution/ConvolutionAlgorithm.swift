/// How a convolution is computed.
public enum ConvolutionAlgorithm: String, Sendable, Codable, CaseIterable {
  /// Multiplies and adds as the definition says: the same bits for every batch size.
  case direct
  /// Winograd's minimal filtering (Lavin and Gray, 2016, arXiv:1509.09308) for 3×3 kernels with stride 1: 2 to 3.5
  /// times as fast, with an error of 2e-6 to 4e-6 of the largest value; its bits depend on the batch size. By the compute
  /// library where that has it for this shape on this processor (oneDNN before 3.2 with AVX-512), but for inference with
  /// 128 channels and more, for which portable is as fast and prepares its kernels sooner; else portable where that is
  /// faster than direct, else direct.
  case winograd
  /// Winograd's minimal filtering F(4×4, 3×3) of the same paper by kernels of this package, on every processor: always
  /// for 3×3 kernels with stride 1, else direct. It takes the points 0, ±5/8, ±3/2 and infinity, whose error, about 4e-6
  /// of the largest value, is less than half of that of 0, ±1, ±2 and infinity. Its bits depend neither on the number of
  /// threads nor, but for the gradient of the kernel, on the batch size. `winograd` chooses it by itself where it pays;
  /// name it to have the same numbers with every version of the compute library.
  case portableWinograd = "portable-winograd"
  /// Whichever of the three is the fastest for a shape and a direction (in inference with many channels, where `winograd` is
  /// portable, of the two others), measured at the first use on this machine and remembered in ``ConvolutionChoices``, which are handed to what convolves. Two records may
  /// differ, and with them the last bits of results.
  case fastest
}
