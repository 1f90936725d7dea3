using Skep.Packets.Values;

namespace Skep.Filter.Model;

/// <summary>
/// A condition on a packet. It does not match, negated or not, when the header of one of its fields is absent.
/// </summary>
/// <param name="Fields">The fields it reads; more than one for a concatenation.</param>
/// <param name="Negated">Whether it matches the packets whose values are not the given ones (<c>!=</c>).</param>
public abstract record Match(ValueList<Field> Fields, bool Negated);

/// <summary>A match with values given in the rule.</summary>
/// <param name="Fields">The fields it reads.</param>
/// <param name="Negated">Whether it is <c>!=</c>.</param>
/// <param name="Elements">The values, as wide as there are fields.</param>
public sealed record ValuesMatch(ValueList<Field> Fields, bool Negated, ElementList Elements) : Match(Fields, Negated);

/// <summary>A match with a named set.</summary>
/// <param name="Fields">The fields it reads.</param>
/// <param name="Negated">Whether it is <c>!=</c>.</param>
/// <param name="SetName">The set's name.</param>
public sealed record SetMatch(ValueList<Field> Fields, bool Negated, string SetName) : Match(Fields, Negated);

/// <summary>A match of some bits of the TCP flags: <c>tcp flags &amp; Mask == Value</c>.</summary>
/// <param name="Negated">Whether it is <c>!=</c>.</param>
/// <param name="Mask">The bits that count; neither none nor all.</param>
/// <param name="Value">What they must be, within the mask.</param>
public sealed record FlagsMatch(bool Negated, byte Mask, byte Value) : Match([Field.TcpFlags], Negated);
