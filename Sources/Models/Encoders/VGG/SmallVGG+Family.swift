extension EncoderFamily {
  /// ``VGG/small()``, which files know as the narrow ``VGG`` that it is.
  public static let smallVGG = EncoderFamily(
    "small_vgg", networks: [KnownNetwork("small") { try VGG.small() }]
  ) { _ in try VGG.small() }
}
