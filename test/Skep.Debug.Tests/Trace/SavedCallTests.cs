using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Debug.Debugger;
using Skep.Debug.Machine.Image;
using Skep.Debug.Trace.Saved;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Debug.Tests.Trace;

/// <summary>Files of saved calls: written, read, damaged, run.</summary>
public sealed class SavedCallTests
{
    private const uint Map = 5;

    [Fact]
    public void What_is_written_is_read()
    {
        SavedCall call = Example(), read = SavedCallFile.Read(SavedCallFile.Write(call), "file");
        Assert.Equal(SavedCallFile.Write(call), SavedCallFile.Write(read));
        Assert.Equal((call.Name, call.Tag, call.Type, call.Comm), (read.Name, read.Tag, read.Type, read.Comm));
        Assert.Equal(call.Packet, read.Packet);
        Assert.Equal(call.Code, read.Code);
        Assert.Equal(call.Functions, read.Functions);
        Assert.Equal(call.Lines, read.Lines);
        Assert.Equal(call.Calls, read.Calls);
        Assert.Equal(call.Maps[0].Definition, read.Maps[0].Definition);
        Assert.Equal(call.Maps[0].Elements[0].Value, read.Maps[0].Elements[0].Value);
    }

    /// <summary>Translated code of an XDP program: its result is what a value of its map is, or 0 for a short packet.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void It_runs_on_its_packet_and_its_maps(int value)
    {
        SavedCall call = Example(value);
        Assert.Empty(SavedTarget.Check(SavedCallFile.Read(SavedCallFile.Write(call), "file")));
        string difference = Assert.Single(SavedTarget.Check(call with { Result = 7 }));
        Assert.Contains($"returns {value} in the machine, and returned 7", difference, StringComparison.Ordinal);
        Assert.Contains("the packet", SavedTarget.Check(call with { After = [1, 2, 3] })[0], StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_in_the_file_is_said()
    {
        SavedCall call = Example();
        SavedMap map = call.Maps[0] with { Unread = "it may hold more than 16 MiB", Elements = [] };
        string notes = string.Join('\n', SavedTarget.Notes(call with { Maps = [map], PacketLength = 9000 }));
        Assert.Contains("it returned XDP_DROP", notes, StringComparison.Ordinal);
        Assert.Contains("map 5 (verdicts) is empty here: it may hold more than 16 MiB", notes, StringComparison.Ordinal);
        Assert.Contains("of the packet 58 of 9000 bytes were read", notes, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_cut_is_refused_wherever_it_is_cut()
    {
        byte[] whole = SavedCallFile.Write(Example());
        for (int length = 0; length < whole.Length; length++)
        {
            var e = Assert.Throws<InvalidDataException>(() => SavedCallFile.Read(whole[..length], "file"));
            Assert.StartsWith("reading file: ", e.Message, StringComparison.Ordinal);
        }

        Assert.Contains("follow its end", Refused([.. whole, 0]), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_file_and_another_version_are_refused()
    {
        byte[] whole = SavedCallFile.Write(Example());
        whole[8] = 2;
        Assert.Contains("version 2", Refused(whole), StringComparison.Ordinal);
        Assert.Contains("no saved call", Refused("\u007fELF"u8.ToArray()), StringComparison.Ordinal);
    }

    /// <summary>Each byte changed: read or refused, run or stopped, nothing else.</summary>
    [Fact]
    public void A_damaged_file_is_refused_or_read()
    {
        byte[] whole = SavedCallFile.Write(Example());
        var random = new Random(7);
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= (byte)random.Next(1, 256);
            try
            {
                _ = SavedTarget.Check(SavedCallFile.Read(damaged, "file"));
            }
            catch (Exception e) when (e is InvalidDataException or NotSupportedException)
            {
            }
        }
    }

    private static string Refused(byte[] bytes) => Assert.Throws<InvalidDataException>(() => SavedCallFile.Read(bytes, "file")).Message;

    private static SavedCall Example(int value = 1)
    {
        byte[] code = Code(), packet = TraceFixture.Packet("udp 10.0.0.1:5 > 10.0.0.2:53"), content = new byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(content, value);
        var map = new MapDefinition("verdicts", BpfMapType.Array, 4, 8, 1) { Id = Map };
        return new SavedCall
        {
            Kernel = "6.12.0", Name = "entry", Id = 9, Tag = "0011223344556677", Type = BpfProgramType.Xdp, UnixNs = 1, BeganNs = 2,
            DurationNs = 3, MapsAfterNs = 4, Result = (uint)value, Cpu = 1, Cpus = 2, Pid = 5, Tid = 6, Comm = "worker",
            Code = code, Context = new byte[24], Packet = packet, PacketLength = (uint)packet.Length, After = packet, Btf = [],
            Functions = [new CodeFunction(0, "entry", 0)],
            Lines = [new CodeLine(0, "a.c", 3, 1, "return *verdict;")],
            Calls = [(12, "bpf_ktime_get_ns")],
            Members = [("sk_buff", "len", 112)],
            Maps = [new SavedMap(map, 0, 0, "", [(new byte[4], content)])],
            MapOfSlot = new Dictionary<int, int> { [0] = 0 },
        };
    }

    // r1 = value of the map (BPF_PSEUDO_MAP_VALUE); r0 = *(u32 *)r1
    private static byte[] Code() =>
    [
        0x18, 0x21, 0, 0, (byte)Map, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0x61, 0x10, 0, 0, 0, 0, 0, 0,
        0x95, 0, 0, 0, 0, 0, 0, 0,
    ];
}
