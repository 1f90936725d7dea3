using Skep.Packets.Values;

namespace Skep.Filter.Model;

/// <summary>What a rule does to a packet that it hits, before its verdict.</summary>
public abstract record Statement;

/// <summary>Hands the packet, as it is at this point, to the log reader.</summary>
/// <param name="SampleOneIn">One packet in this many is logged, chosen at random; 1 for each.</param>
public sealed record LogStatement(uint SampleOneIn) : Statement;

/// <summary>Writes a value into a field and keeps the checksums right.</summary>
/// <param name="Field">The field.</param>
/// <param name="Value">The new value.</param>
public sealed record SetStatement(Field Field, UInt128 Value) : Statement;

/// <summary>Exchanges source and destination in each of some headers: addresses in ether, ip, ip6, ports in tcp, udp.</summary>
/// <param name="Headers">The headers, in the order written.</param>
public sealed record SwapStatement(ValueList<Header> Headers) : Statement;
