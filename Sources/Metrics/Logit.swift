import Foundation

extension Float {
  /// log(p / (1 − p)): the number whose sigmoid this probability is.
  var logit: Float { Float(log(Double(self) / (1 - Double(self)))) }
}
