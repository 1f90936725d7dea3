using Skep.Linux.Files;
using Skep.Packets.Building;
using Skep.Packets.Captures;

namespace Skep.Cli.Common;

/// <summary>Packets of a command line: as text, or of a capture, which is read one packet after the other.</summary>
internal sealed class PacketInput(string path) : IDisposable
{
    private readonly InputStream _stream = NamedInput.Open(path, InputLimit.Capture);
    // LINKTYPE_ETHERNET
    private const int Ethernet = 1;

    private string? _mistake;

    /// <summary>What ended the capture before its end.</summary>
    public string? Error => _mistake is null ? null : $"reading {path}: {_mistake}";

    /// <summary>Makes packets of text. False with a mistake, which is printed.</summary>
    public static bool TryBuild(string[] lines, out List<CapturedPacket> packets)
    {
        packets = [];
        foreach (string line in lines)
        {
            if (!PacketText.TryParse(line, out PacketSpec spec, out string error))
            {
                Message.Error($"reading packet '{line}': {error}", ExitCode.Usage);
                return false;
            }

            byte[] bytes = PacketBuilder.Build(spec);
            packets.Add(new CapturedPacket(0, bytes, bytes.Length));
        }

        return true;
    }

    /// <summary>The packets of the capture.</summary>
    public IEnumerable<CapturedPacket> Packets()
    {
        CaptureReader reader = CaptureReader.Open(_stream);
        while (reader.Next() is { } packet) yield return packet;
        _mistake = reader.Error;
    }

    /// <summary>The same, up to the first that is not whole from an Ethernet header on, as programs are given packets.</summary>
    public IEnumerable<CapturedPacket> EthernetPackets()
    {
        int number = 0;
        foreach (CapturedPacket packet in Packets())
        {
            number++;
            if (packet.LinkType != Ethernet || packet.Bytes.Length < packet.OriginalLength)
            {
                _mistake = packet.LinkType != Ethernet
                    ? $"packet {number} is of link type {packet.LinkType}, and programs are given Ethernet (1)"
                    : $"packet {number} was cut to {packet.Bytes.Length} of its {packet.OriginalLength} bytes";
                yield break;
            }

            yield return packet;
        }

        if (number == 0) _mistake ??= "it has no packets";
    }

    public void Dispose() => _stream.Dispose();
}
