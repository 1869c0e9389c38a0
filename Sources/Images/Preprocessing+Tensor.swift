import CGraftKernels
import GraftTensor

extension Preprocessing {
  /// The pictures as a network takes them: N,H,W,C in float32, three channels in the order of the style.
  ///
  /// A picture of exactly the size is taken as it is; others are resized, whatever their aspect. Grey stands for all
  /// three channels.
  public func tensor(of pictures: [Picture]) -> Tensor {
    let table = style.table
    let order: [Int32] = style.channelOrder == .rgb ? [0, 1, 2] : [2, 1, 0]
    return unsafe Tensor(shape: [pictures.count, height, width, 3]) { scalars in
      for (index, picture) in pictures.enumerated() {
        let picture = picture.resized(width: width, height: height, filter: filter)
        unsafe graft_normalize_pixels(
          Int64(width * height), Int32(picture.channels), picture.pixels, order, table,
          scalars.baseAddress?.advanced(by: 3 * width * height * index))
      }
    }
  }
}
