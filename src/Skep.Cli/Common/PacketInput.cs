using Skep.Linux.Files;
using Skep.Packets.Building;
using Skep.Packets.Captures;

namespace Skep.Cli.Common;

/// <summary>Packets of a command line: as text, or of a capture, which is read one packet after the other.</summary>
internal sealed class PacketInput(string path) : IDisposable
{
    private readonly InputStream _stream = NamedInput.Open(path, InputLimit.Capture);
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

    public void Dispose() => _stream.Dispose();
}
