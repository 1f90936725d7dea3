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
            if (!TryBuild(line, out byte[] bytes, out string? mistake))
            {
                Message.Error(mistake!, ExitCode.Usage);
                return false;
            }

            packets.Add(new CapturedPacket(0, bytes, bytes.Length));
        }

        return true;
    }

    /// <summary>One packet: of text, or of a capture; empty where neither is named. False with a mistake.</summary>
    /// <param name="text">The packet as text; null for none.</param>
    /// <param name="path">The capture; null for none.</param>
    /// <param name="number">Which packet of it, from 1.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="mistake">What is wrong.</param>
    public static bool TryReadOne(string? text, string? path, int number, out byte[] packet, out string? mistake)
    {
        if (text is not null) return TryBuild(text, out packet, out mistake);
        (packet, mistake) = ([], null);
        if (path is null) return true;
        using var capture = new PacketInput(path);
        if (capture.EthernetPackets().Skip(number - 1).FirstOrDefault() is { } found) packet = found.Bytes;
        else mistake = capture.Error ?? $"reading {path}: it has no packet {number}";
        return mistake is null;
    }

    private static bool TryBuild(string line, out byte[] packet, out string? mistake)
    {
        bool isOne = PacketText.TryParse(line, out PacketSpec spec, out string error);
        packet = isOne ? PacketBuilder.Build(spec) : [];
        mistake = isOne ? null : $"reading packet '{line}': {error}";
        return isOne;
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
