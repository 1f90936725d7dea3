using System.Globalization;
using System.Text;
using Skep.Filter.Format;
using Skep.Filter.Model;
using Skep.Isa;
using Skep.Packets.Headers;

namespace Skep.Filter.Compile;

/// <summary>
/// The layout of what compiled filters log. The scratch of each CPU has the counts of records sent and lost, 8 bytes each, and then the
/// record, of which as much is sent as the packet fills. All numbers are in the machine's byte order.
/// </summary>
internal static class LogLayout
{
    internal const short Sent = 0, Lost = 8, Record = 16;

    /// <summary>In a record: nanoseconds of CLOCK_BOOTTIME.</summary>
    internal const short Time = 0;

    /// <summary>In a record: the rule's key.</summary>
    internal const short Rule = 8;

    internal const short IfIndex = 16, Queue = 20, Length = 24, Captured = 28;

    /// <summary>In a record: what the packet begins with (<see cref="PacketStart"/>).</summary>
    internal const short Start = 32;

    /// <summary>In a record: the packet's first bytes.</summary>
    internal const short Packet = 40;

    /// <summary>The most bytes of a packet that a record has; a multiple of 64.</summary>
    internal const int SnapLength = 256;

    internal const int ScratchBytes = Record + Packet + SnapLength;

    /// <summary>The ring's bytes: some 14,000 records of the longest.</summary>
    internal const uint RingBytes = 4 << 20;

    /// <summary>A number for a rule that no other rule has, in this table or in one that replaces it: of its id and its text.</summary>
    internal static ulong KeyOf(Rule rule) => KeyOf(rule.Id, RuleFormatter.Format(rule));

    internal static ulong KeyOf(string id, string text) =>
        ulong.Parse(Sha256Digest.Text(Encoding.UTF8.GetBytes($"{id}\0{text}"))[..16], NumberStyles.AllowHexSpecifier,
            CultureInfo.InvariantCulture);
}
