using System.Text;
using Skep.Packets.Building;
using Skep.Packets.Captures;
using Skep.Packets.Tests.Building;

namespace Skep.Packets.Tests.Captures;

/// <summary>Captures of logged packets as tshark reads them.</summary>
public sealed class LoggedCaptureTests
{
    [Fact]
    public void Devices_queues_actions_comments_and_times_are_read_by_tshark()
    {
        Requires.Installed("tshark");
        var stream = new MemoryStream();
        var writer = new CaptureWriter(stream, CaptureFormat.PcapNg, new CaptureInterface("eth0"));
        var packet = CaptureFile.Read(CaptureFile.Write(PacketGenerator.Mixed(1).Select(PacketBuilder.Build)))[0].Bytes;
        writer.Write(
            new(
                1_700_000_000_123_456_789,
                packet,
                packet.Length + 7)
            { Device = "eth0", Queue = 3, Action = 1, Comment = "drop line 2: ünï" });
        writer.Write(new(1_700_000_001_000_000_001, packet, packet.Length) { Device = "veth-ü", Queue = 0, Action = 4 });
        writer.Write(new(1_700_000_002_000_000_000, packet, packet.Length) { Device = "eth0" });
        var lines = Encoding.UTF8.GetString(Tool.Run(
            "tshark", stream.ToArray(), "-r", "-", "-T", "fields", "-E", "separator=|", "-e", "frame.time_epoch", "-e",
            "frame.interface_name", "-e", "frame.len", "-e", "frame.cap_len",
            "-e", "frame.comment", "-e", "frame.verdict.ebpf_xdp", "-e", "frame.packet_flags_direction"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            [
                $"1700000000.123456789|eth0|{packet.Length + 7}|{packet.Length}|drop line 2: ünï|1|0x00000001",
                $"1700000001.000000001|veth-ü|{packet.Length}|{packet.Length}||4|0x00000001",
                $"1700000002.000000000|eth0|{packet.Length}|{packet.Length}|||0x00000001",
            ],
            lines);
    }

    [Fact]
    public void A_capture_without_packets_is_whole()
    {
        Requires.Installed("capinfos");
        var stream = new MemoryStream();
        _ = new CaptureWriter(stream, CaptureFormat.PcapNg, new CaptureInterface("eth0"), new CaptureInterface("eth1"));
        var path = Path.GetTempFileName();
        File.WriteAllBytes(path, stream.ToArray());
        try
        {
            Assert.Contains(
                "Number of interfaces in file: 2", Encoding.UTF8.GetString(Tool.Run("capinfos", [], path)), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
