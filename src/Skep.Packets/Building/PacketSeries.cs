using System.Buffers.Binary;
using Skep.Packets.Headers;

namespace Skep.Packets.Building;

/// <summary>
/// Packets without end: templates in turn, with fields that take the values of ranges. Packet N is the same whenever it is made.
/// In sequence, the first range steps with each turn, the next one each time the one before it is through.
/// </summary>
public sealed class PacketSeries
{
    private const ulong Gamma = 0x9e3779b97f4a7c15;

    private readonly Template[] _templates;
    private readonly FieldRange[] _ranges;
    private readonly UInt128[] _values;
    private readonly ulong? _seed;

    /// <summary>Prepares a series.</summary>
    /// <param name="templates">At least one packet; each can take the values of all ranges.</param>
    /// <param name="ranges">The ranges.</param>
    /// <param name="seed">Takes values at random, the same ones for the same seed; null takes them in sequence.</param>
    public PacketSeries(IReadOnlyList<PacketSpec> templates, IReadOnlyList<FieldRange> ranges, ulong? seed)
    {
        _templates = [.. templates.Select(spec => new Template(spec, PacketBuilder.Build(spec)))];
        _ranges = [.. ranges];
        _values = new UInt128[_ranges.Length];
        _seed = seed;
    }

    /// <summary>The length of the longest packet.</summary>
    public int Longest => _templates.Max(t => t.Frame.Length);

    /// <summary>After how many packets the series begins again; null where it does not, or where that is more than 2^63.</summary>
    public long? Period
    {
        get
        {
            var period = (UInt128)(ulong)_templates.Length;
            if (_ranges.Length > 0 && _seed is not null) return null;
            foreach (var range in _ranges)
            {
                var size = range.High - range.Low;
                if (size >= long.MaxValue || (period *= size + 1) > long.MaxValue) return null;
            }
            return (long)period;
        }
    }

    /// <summary>Makes one packet.</summary>
    /// <param name="number">Its number, from 0 on.</param>
    /// <param name="frame">Takes it.</param>
    /// <returns>Its length.</returns>
    public int Write(ulong number, Span<byte> frame)
    {
        var template = _templates[number % (ulong)_templates.Length];
        Choose(number / (ulong)_templates.Length);

        // The checksum of SCTP is of another kind.
        if (_ranges.Length > 0 && template.Spec.Protocol == 132)
        {
            var spec = template.Spec;
            for (var i = 0; i < _ranges.Length; i++) spec = _ranges[i].Put(spec, _values[i]);
            PacketBuilder.Build(spec).CopyTo(frame);
            return template.Frame.Length;
        }
        template.Frame.CopyTo(frame);
        for (var i = 0; i < _ranges.Length; i++) template.Put(frame, _ranges[i].Field, _values[i]);
        return template.Frame.Length;
    }

    private void Choose(ulong step)
    {
        var rest = (UInt128)step;
        for (var i = 0; i < _ranges.Length; i++)
        {
            var (low, last) = (_ranges[i].Low, _ranges[i].High - _ranges[i].Low);
            var chosen = _seed is { } seed ? Random(seed, step, (uint)i) : rest;
            if (last == UInt128.MaxValue)
            {
                (_values[i], rest) = (chosen, 0);
                continue;
            }
            var size = last + 1;
            _values[i] = low + chosen % size;
            rest /= size;
        }
    }

    // SplitMix64 (https://prng.di.unimi.it/splitmix64.c), by the number of the packet.
    private static UInt128 Random(ulong seed, ulong step, uint range)
    {
        unchecked
        {
            var at = Mix(seed + Mix(step * Gamma + range + 1));
            return new(Mix(at + Gamma), Mix(at + 2 * Gamma));
        }
    }

    private static ulong Mix(ulong value)
    {
        unchecked
        {
            value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
            value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
            return value ^ (value >> 31);
        }
    }

    private sealed class Template(PacketSpec spec, byte[] frame)
    {
        private readonly PacketHeaders _headers = PacketHeaders.Walk(frame);

        public PacketSpec Spec => spec;

        public byte[] Frame => frame;

        public void Put(Span<byte> packet, RangedField field, UInt128 value)
        {
            Span<byte> bytes = stackalloc byte[16];
            BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
            var isPort = field is RangedField.SourcePort or RangedField.DestinationPort;
            bytes = bytes[(isPort ? 14 : spec.IsIp6 ? 0 : 12)..];
            var at = field switch
            {
                RangedField.SourceAddress => spec.IsIp6 ? _headers.Ip6 + 8 : _headers.Ip + 12,
                RangedField.DestinationAddress => spec.IsIp6 ? _headers.Ip6 + 24 : _headers.Ip + 16,
                RangedField.SourcePort => _headers.Transport,
                _ => _headers.Transport + 2,
            };
            var old = packet.Slice(at, bytes.Length);
            if (!isPort && !spec.IsIp6) Checksum.Update(packet, _headers.Ip + 10, old, bytes);
            if (_headers.Transport >= 0 && UpperChecksum() is { } checksum)
            {
                Checksum.Update(packet, _headers.Transport + checksum, old, bytes);

                // RFC 768: 0 says that there is none.
                var sum = packet.Slice(_headers.Transport + checksum, 2);
                if (spec.Protocol == 17 && sum is [0, 0]) sum.Fill(0xff);
            }
            bytes.CopyTo(old);
        }

        private int? UpperChecksum() => spec.Protocol switch
        {
            6 => 16,
            17 => 6,
            58 when spec.IsIp6 => 2,
            _ => null,
        };
    }
}
