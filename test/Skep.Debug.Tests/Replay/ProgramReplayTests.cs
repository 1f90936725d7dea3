using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Skep.Bpf;
using Skep.Debug.Replay;
using Skep.Packets.Building;

namespace Skep.Debug.Tests.Replay;

/// <summary>Programs run in the kernel: what they return, change and send.</summary>
[Trait("level", "kernel")]
public sealed class ProgramReplayTests
{
    private static readonly byte[] Packet = PacketBuilder.Build(Spec("udp 10.0.0.1:5 > 10.0.0.2:53"));

    [Fact]
    public void A_run_shows_the_verdict_the_bytes_the_maps_and_the_records()
    {
        Requires.Root();
        using ObjectProgram program = Load("count");
        using var replay = new ProgramReplay(program.Program, program.AttachType, isAlone: true, new KernelTypes());
        for (int number = 1; number <= 3; number++)
        {
            ReplayedRun run = replay.RunPacket(Packet, [], 1);
            Assert.Equal((number, "XDP_TX"), (run.Number, run.ReturnName));

            // The time to live.
            Assert.Equal([(22, 1)], run.ChangedBytes());
            (string map, _, var changes) = Assert.Single(run.Maps);
            Assert.Equal("counts", map);
            JsonNode change = JsonNode.Parse(Assert.Single(changes).Json)!;
            Assert.Equal((1, number), ((int)change["formatted"]!["key"]!, (int)change["formatted"]!["value"]!));
            (string ring, _, byte[] bytes) = Assert.Single(run.Records);
            Assert.Equal(("sent", "0a000001"), (ring, Convert.ToHexStringLower(bytes)));
        }
    }

    [Fact]
    public void A_map_that_the_file_has_pinned_is_neither_pinned_nor_shared()
    {
        Requires.Root();
        byte[] elf = BpfSource.Compile("""
            #include <linux/bpf.h>
            #include <bpf/bpf_helpers.h>
            struct {
                __uint(type, BPF_MAP_TYPE_ARRAY);
                __uint(max_entries, 1);
                __type(key, __u32);
                __type(value, __u64);
                __uint(pinning, LIBBPF_PIN_BY_NAME);
            } skep_pinned SEC(".maps");
            SEC("xdp") int count(struct xdp_md *context)
            {
                __u32 key = 0;
                __u64 *value = bpf_map_lookup_elem(&skep_pinned, &key);
                if (value)
                    ++*value;
                return XDP_PASS;
            }
            char LICENSE[] SEC("license") = "GPL";
            """);
        using ObjectProgram program = ObjectProgram.Load(elf, "pinned", null);
        Assert.False(File.Exists("/sys/fs/bpf/skep_pinned"));
        using var replay = new ProgramReplay(program.Program, program.AttachType, isAlone: true, new KernelTypes());
        Assert.Equal("XDP_PASS", replay.RunPacket(Packet, [], 1).ReturnName);
    }

    [Fact]
    public void Programs_in_an_array_that_the_file_fills_are_called()
    {
        Requires.Root();
        byte[] elf = BpfSource.Compile("""
            #include <linux/bpf.h>
            #include <bpf/bpf_helpers.h>
            int drop(struct xdp_md *context);
            struct {
                __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
                __uint(max_entries, 2);
                __uint(key_size, sizeof(__u32));
                __array(values, int (struct xdp_md *));
            } called SEC(".maps") = { .values = { [1] = (void *)&drop } };
            SEC("xdp") int enter(struct xdp_md *context)
            {
                bpf_tail_call(context, &called, 1);
                return XDP_PASS;
            }
            SEC("xdp") int drop(struct xdp_md *context)
            {
                return XDP_DROP;
            }
            char LICENSE[] SEC("license") = "GPL";
            """);
        using ObjectProgram program = ObjectProgram.Load(elf, "called", "enter");
        using var replay = new ProgramReplay(program.Program, program.AttachType, isAlone: true, new KernelTypes());
        Assert.Equal("XDP_DROP", replay.RunPacket(Packet, [], 1).ReturnName);
    }

    [Fact]
    public void Repeated_runs_change_maps_as_often()
    {
        Requires.Root();
        using ObjectProgram program = Load("count");
        using var replay = new ProgramReplay(program.Program, program.AttachType, isAlone: true, new KernelTypes());
        ReplayedRun run = replay.RunPacket(Packet, [], 10);
        Assert.Equal(10, run.Records.Count);
        Assert.Equal(10, (int)JsonNode.Parse(run.Maps[0].Changes[0].Json)!["formatted"]!["value"]!);
    }

    [Fact]
    public void Records_that_wait_already_are_not_those_of_a_run()
    {
        Requires.Root();
        using ObjectProgram program = Load("count");
        for (int number = 0; number < 3; number++)
        {
            using var replay = new ProgramReplay(program.Program, program.AttachType, isAlone: false, new KernelTypes());
            Assert.Single(replay.RunPacket(Packet, [], 1).Records);
        }
    }

    [Fact]
    public void A_packet_may_become_shorter()
    {
        Requires.Root();
        using ObjectProgram program = Load("shrink");
        using var replay = new ProgramReplay(program.Program, program.AttachType, isAlone: true, new KernelTypes());
        ReplayedRun run = replay.RunPacket(Packet, [], 1);
        Assert.Equal("XDP_PASS", run.ReturnName);
        Assert.Equal(Packet[14..], run.Output.ToArray());
    }

    [Fact]
    public void A_context_is_given_alone()
    {
        Requires.Root();
        using ObjectProgram program = Load("arguments");
        using var replay = new ProgramReplay(program.Program, program.AttachType, isAlone: true, new KernelTypes());
        var context = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(context, 40);
        BinaryPrimitives.WriteUInt64LittleEndian(context.AsSpan(8), 2);
        Assert.False(replay.TakesPacket);
        Assert.Equal(42u, replay.RunContext(context).ReturnValue);
    }

    [Fact]
    public void Bpftool_sees_the_same()
    {
        Requires.Root();
        Requires.Installed("bpftool");
        using var scratch = new Scratch();
        using ObjectProgram program = Load("count");
        string pin = $"/sys/fs/bpf/replayed-{Environment.ProcessId}";
        program.Program.Pin(pin);
        try
        {
            File.WriteAllBytes(scratch.File("in"), Packet);
            JsonNode theirs = Tool.BpftoolJson(
                "prog", "run", "pinned", pin, "data_in", scratch.File("in"), "data_out", scratch.File("out"), "data_size_out", "4096");
            using var replay = new ProgramReplay(program.Program, program.AttachType, isAlone: true, new KernelTypes());
            ReplayedRun ours = replay.RunPacket(Packet, [], 1);
            Assert.Equal((uint)theirs["retval"]!, ours.ReturnValue);
            Assert.Equal(File.ReadAllBytes(scratch.File("out"))[..Packet.Length], ours.Output.ToArray());
        }
        finally
        {
            File.Delete(pin);
        }
    }

    [Fact]
    public void One_of_several_programs_is_named()
    {
        Requires.Root();
        byte[] elf = BpfSource.Object("Replay/Programs/replayed.bpf.c");
        Assert.Contains("count, shrink, arguments",
            Assert.Throws<InvalidDataException>(() => ObjectProgram.Load(elf, "replayed", null)).Message, StringComparison.Ordinal);
        Assert.Contains("no program other",
            Assert.Throws<InvalidDataException>(() => ObjectProgram.Load(elf, "replayed", "other")).Message, StringComparison.Ordinal);
    }

    private static ObjectProgram Load(string program) =>
        ObjectProgram.Load(BpfSource.Object("Replay/Programs/replayed.bpf.c"), "replayed", program);

    private static PacketSpec Spec(string text)
    {
        Assert.True(PacketText.TryParse(text, out PacketSpec spec, out string error), error);
        return spec;
    }
}
