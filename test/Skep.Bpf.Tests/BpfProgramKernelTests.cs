using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Skep.Bpf.Tests;

[Collection("kernel")]
[Trait("level", "kernel")]
public sealed class BpfProgramKernelTests : OpenDescriptors
{
    [Fact]
    public void Information_is_bpftools()
    {
        using BpfMap map = BpfMap.Create(new BpfMapSpec(BpfMapType.Array, 4, 8, 3));
        ulong[] code = [.. Code.LoadMap(1, 0), .. Code.Return(7)];
        using BpfProgram program = BpfProgram.Load(
            BpfProgramType.SocketFilter, code, new ProgramLoadOptions { Name = "info_of_it", Maps = [map], License = "Dual MIT/GPL" });
        BpfProgramInfo info = program.GetInfo();
        using JsonDocument json = JsonDocument.Parse(Tool.Run(Tool.Bpftool, "-j", "prog", "show", "id", $"{info.Id}"));
        JsonElement shown = json.RootElement;
        Assert.Equal(shown.GetProperty("type").GetString(), info.Type.Name());
        Assert.Equal(shown.GetProperty("name").GetString(), info.Name);
        Assert.Equal(shown.GetProperty("tag").GetString(), info.Tag);
        Assert.Equal(shown.GetProperty("gpl_compatible").GetBoolean(), info.GplCompatible);
        Assert.Equal(shown.GetProperty("uid").GetUInt32(), info.CreatedByUid);
        Assert.Equal(shown.GetProperty("bytes_xlated").GetUInt32(), info.XlatedLength);
        Assert.Equal(shown.GetProperty("bytes_jited").GetUInt32(), info.JitedLength);
        Assert.Equal(shown.GetProperty("map_ids").EnumerateArray().Select(e => e.GetUInt32()), program.GetMapIds());
        Assert.Equal([map.Info.Id], program.GetMapIds());
        Assert.Equal(shown.GetProperty("loaded_at").GetInt64(), LoadedAt(info.LoadTime), 2.0);
        Assert.Equal(1, info.FunctionCount);
        Assert.Equal(3u, info.VerifiedInstructions);
        Assert.Contains(info.Id, KernelObjects.ProgramIds());
    }

    [Fact]
    public void Code_is_bpftools()
    {
        using BpfProgram program = BpfProgram.Load(BpfProgramType.Xdp, Code.Return(2), new ProgramLoadOptions());
        uint id = program.GetInfo().Id;
        Assert.Equal(Xlated(), program.GetXlated().SelectMany(BitConverter.GetBytes));
        Assert.Equal(program.GetInfo().JitedLength, (uint)program.GetJited().Length);
        Assert.Equal((uint)program.GetJited().Length, program.GetJitedFunctionLengths().Single());
        Assert.Equal(program.GetInfo().Tag, program.GetFunctionTags().Single());

        byte[] Xlated()
        {
            string path = Path.Combine(Path.GetTempPath(), $"skep-xlated-{id}");
            try
            {
                Tool.Run(Tool.Bpftool, "prog", "dump", "xlated", "id", $"{id}", "file", path);
                return File.ReadAllBytes(path);
            }
            finally
            {
                File.Delete(path);
            }
        }
    }

    [Fact]
    public void All_programs_maps_links_and_btf_are_those_of_bpftool()
    {
        using BpfProgram program = BpfProgram.Load(BpfProgramType.RawTracepoint, Code.Return(0), new ProgramLoadOptions());
        using BpfLink link = BpfLink.AttachRawTracepoint(program, "sys_exit");
        using BpfMap map = BpfMap.Create(new BpfMapSpec(BpfMapType.Array, 4, 4, 1));
        Check("prog", KernelObjects.ProgramIds, program.GetInfo().Id);
        Check("map", KernelObjects.MapIds, map.Info.Id);
        Check("link", KernelObjects.LinkIds, link.GetInfo().Id);
        Check("btf", KernelObjects.BtfIds, 1);

        // Objects of others come and go: those that bpftool sees before and after must be seen between.
        static void Check(string kind, Func<IEnumerable<uint>> ours, uint own)
        {
            HashSet<uint> before = [.. Ids(kind)];
            uint[] between = [.. ours()];
            before.IntersectWith(Ids(kind));
            Assert.Contains(own, between);
            Assert.Empty(before.Except(between));
            Assert.Equal(between.Distinct().Order(), between);
        }

        static IEnumerable<uint> Ids(string kind)
        {
            using JsonDocument json = JsonDocument.Parse(Tool.Run(Tool.Bpftool, "-j", kind, "list"));
            return [.. json.RootElement.EnumerateArray().Select(e => e.GetProperty("id").GetUInt32())];
        }
    }

    [Fact]
    public void A_bound_map_is_one_of_the_programs()
    {
        using BpfMap map = BpfMap.Create(new BpfMapSpec(BpfMapType.Array, 4, 4, 1));
        using BpfProgram program = BpfProgram.Load(BpfProgramType.Xdp, Code.Return(1), new ProgramLoadOptions());
        Assert.Empty(program.GetMapIds());
        program.BindMap(map);
        Assert.Equal([map.Info.Id], program.GetMapIds());
    }

    [Fact]
    public void A_descriptor_of_a_task_says_what_it_is_attached_to()
    {
        using BpfProgram program = BpfProgram.Load(BpfProgramType.RawTracepoint, Code.Return(0), new ProgramLoadOptions());
        using BpfLink link = BpfLink.AttachRawTracepoint(program, "sched_switch");
        TaskDescriptor found = TaskDescriptor.Query(Environment.ProcessId, (int)link.DangerousGetHandle())!;
        Assert.Equal(new TaskDescriptor(program.GetInfo().Id, TaskDescriptorKind.RawTracepoint, "sched_switch", 0, 0), found);
        Assert.Null(TaskDescriptor.Query(Environment.ProcessId, 0));
    }

    [Fact]
    public void Bytes_load_as_words_do()
    {
        using BpfProgram words = BpfProgram.Load(BpfProgramType.Xdp, Code.Return(1), new ProgramLoadOptions());
        using BpfProgram bytes = BpfProgram.LoadBytes(
            BpfProgramType.Xdp, [.. Code.Return(1).SelectMany(BitConverter.GetBytes)], new ProgramLoadOptions());
        Assert.Equal(words.GetInfo().Tag, bytes.GetInfo().Tag);
        Assert.Throws<ArgumentException>(() => BpfProgram.LoadBytes(BpfProgramType.Xdp, new byte[12], new ProgramLoadOptions()));
    }

    [Fact]
    public void A_refused_program_gives_errno_summary_and_log()
    {
        BpfLoadException e = Assert.Throws<BpfLoadException>(
            () => BpfProgram.Load(BpfProgramType.SocketFilter, [Code.Exit], new ProgramLoadOptions { Name = "no_r0" }));
        Assert.Equal("EACCES", e.Error.Name);
        Assert.Contains("R0 !read_ok", e.Summary, StringComparison.Ordinal);
        Assert.Equal(
            "load socket_filter program no_r0 of 1 instructions: Permission denied: " + e.Summary.Replace("\n", "; ") + " (EACCES)",
            e.Message);
        Assert.Contains("processed 1 insns", e.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_larger_than_the_first_buffer_is_whole()
    {
        var code = new List<ulong>();
        for (int i = 0; i < 20_000; i++) code.Add(Code.MoveImmediate(0, i));
        code.Add(Code.MoveRegister(0, 9));
        code.Add(Code.Exit);
        BpfLoadException e = Assert.Throws<BpfLoadException>(
            () => BpfProgram.Load(BpfProgramType.SocketFilter, code.ToArray(), new ProgramLoadOptions()));
        Assert.Contains("R9 !read_ok", e.Summary, StringComparison.Ordinal);
        Assert.Contains("\n0: (b7) r0 = 0 ", "\n" + e.Log, StringComparison.Ordinal);
        Assert.Contains("19999: (b7) r0 = 19999", e.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_of_a_program_that_loads_is_given_on_request()
    {
        using BpfProgram quiet = BpfProgram.Load(BpfProgramType.Xdp, Code.Return(1), new ProgramLoadOptions(), out string none);
        Assert.Equal("", none);
        using BpfProgram told = BpfProgram.Load(
            BpfProgramType.Xdp, Code.Return(1), new ProgramLoadOptions { LogLevel = 2 }, out string log);
        Assert.Contains("processed 2 insns", log, StringComparison.Ordinal);
    }

    [Fact]
    public void A_million_instructions_load()
    {
        var code = new ulong[1_000_000];
        Array.Fill(code, Code.MoveImmediate(0, 0));
        code[^1] = Code.Exit;
        using BpfProgram program = BpfProgram.Load(BpfProgramType.SocketFilter, code, new ProgramLoadOptions());
        Assert.Equal(1_000_000u, program.GetInfo().VerifiedInstructions);
    }

    [Fact]
    public void An_unknown_type_is_not_supported()
    {
        NotSupportedByKernelException e = Assert.Throws<NotSupportedByKernelException>(
            () => BpfProgram.Load((BpfProgramType)99, Code.Return(0), new ProgramLoadOptions()));
        Assert.Contains("type 99", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_test_run_changes_the_packet_and_returns()
    {
        // Cuts 4 bytes off the front (bpf_xdp_adjust_head is helper 44) and returns 3.
        using BpfProgram program = BpfProgram.Load(
            BpfProgramType.Xdp, [Code.MoveImmediate(2, 4), Code.Call(44), .. Code.Return(3)], new ProgramLoadOptions());
        byte[] packet = [.. Enumerable.Range(0, 64).Select(i => (byte)i)];
        var output = new byte[64];
        BpfRunResult result = program.Run(new BpfRun { Data = packet, DataOut = output, Repeat = 1 });
        Assert.Equal(3u, result.ReturnValue);
        Assert.Equal(60, result.DataLength);
        Assert.Equal(packet[4..], output[..60]);
        BpfException e = Assert.Throws<BpfException>(() => program.Run(new BpfRun { Data = packet, DataOut = new byte[10] }));
        Assert.Equal("ENOSPC", e.Error.Name);
    }

    [Fact]
    public void A_test_run_takes_a_context()
    {
        // struct xdp_md: data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex.
        using BpfProgram program = BpfProgram.Load(BpfProgramType.Xdp, [Code.LoadWord(0, 1, 12), Code.Exit], new ProgramLoadOptions());
        var context = new uint[] { 0, 64, 0, 1, 0, 0 };
        byte[] bytes = [.. context.SelectMany(BitConverter.GetBytes)];
        Assert.Equal(1u, program.Run(new BpfRun { Data = new byte[64], Context = bytes }).ReturnValue);
    }

    [Theory]
    [InlineData(BpfRunFlags.None)]
    [InlineData(BpfRunFlags.XdpLiveFrames)]
    public void Each_repetition_runs(BpfRunFlags flags)
    {
        const int repetitions = 1000, dropped = 1;
        using var network = new VethPair();
        using BpfMap counter = BpfMap.Create(new BpfMapSpec(BpfMapType.Array, 4, 8, 1));
        ulong[] code =
        [
            Code.StoreImmediateWord(10, -4, 0), Code.MoveRegister(2, 10), Code.Add(2, -4), .. Code.LoadMap(1, 0), Code.Call(1),
            Code.JumpIfZero(0, 2), Code.MoveImmediate(1, 1), Code.AtomicAdd(0, 1), .. Code.Return(dropped),
        ];
        using BpfProgram program = BpfProgram.Load(BpfProgramType.Xdp, code, new ProgramLoadOptions { Maps = [counter] });
        network.Namespace.Run(() =>
        {
            byte[] context = [.. new uint[] { 0, 64, 0, network.Index, 0, 0 }.SelectMany(BitConverter.GetBytes)];
            return program.Run(new BpfRun { Data = new byte[64], Context = context, Repeat = repetitions, Flags = flags });
        });
        Assert.True(counter.TryLookup(0u, out ulong count));
        Assert.Equal((ulong)repetitions, count);
    }

    [Fact]
    public void A_type_without_test_runs_says_so()
    {
        using BpfProgram program = BpfProgram.Load(BpfProgramType.Kprobe, Code.Return(0), new ProgramLoadOptions());
        Assert.Throws<NotSupportedByKernelException>(() => program.Run(new BpfRun()));
    }

    [Fact]
    public void Statistics_count_while_they_are_on()
    {
        using BpfProgram program = BpfProgram.Load(BpfProgramType.RawTracepoint, Code.Return(0), new ProgramLoadOptions());
        using BpfLink link = BpfLink.AttachRawTracepoint(program, "sys_enter");
        using (BpfStatistics.Enable()) _ = File.Exists("/proc/self/status");
        Assert.NotEqual(0ul, program.GetInfo().RunCount);
        Assert.NotEqual(0ul, program.GetInfo().RunTimeNs);
    }

    [Fact]
    public void Load_and_unload_are_events_of_the_kernel()
    {
        using var events = new ProgramEvents();
        BpfProgram program = BpfProgram.Load(BpfProgramType.Xdp, Code.Return(1), new ProgramLoadOptions());
        (uint id, string tag) = (program.GetInfo().Id, program.GetInfo().Tag);
        program.Dispose();
        var seen = new List<ProgramEvent>();
        while (seen.Count(e => e.ProgramId == id) < 2)
        {
            Assert.True(events.Poll(TimeSpan.FromSeconds(30)));
            events.Read(seen.Add);
        }

        ProgramEvent load = seen.Single(e => e.ProgramId == id && e.Kind == ProgramEventKind.Load);
        Assert.Equal((tag, (uint)Environment.ProcessId), (load.Tag, load.Pid));
        Assert.Single(seen, e => e.ProgramId == id && e.Kind == ProgramEventKind.Unload);
    }

    // The kernel's record grows with each event that is open for it.
    [Fact]
    public void Each_of_several_readers_is_told_who_loaded()
    {
        using var first = new ProgramEvents();
        using var second = new ProgramEvents();
        using var third = new ProgramEvents();
        ulong begun = (ulong)Stopwatch.GetTimestamp();
        using BpfProgram program = BpfProgram.Load(BpfProgramType.Xdp, Code.Return(1), new ProgramLoadOptions());
        uint id = program.GetInfo().Id;
        Assert.All<ProgramEvents>([first, second, third], events =>
        {
            ProgramEvent? load = null;
            while (load is null)
            {
                Assert.True(events.Poll(TimeSpan.FromSeconds(30)));
                events.Read(e => load = e.ProgramId == id && e.Kind == ProgramEventKind.Load ? e : load);
            }

            Assert.Equal((uint)Environment.ProcessId, load.Value.Pid);
            Assert.InRange(load.Value.TimeNs, begun, (ulong)Stopwatch.GetTimestamp());
        });
    }

    [Fact]
    public void Who_loads_without_end_does_not_keep_the_reader()
    {
        using var events = new ProgramEvents();
        static void Load() => BpfProgram.Load(BpfProgramType.Xdp, Code.Return(1), new ProgramLoadOptions()).Dispose();
        int loads = 0;
        for (int i = 0; i < 10; i++) Load();
        events.Read(_ =>
        {
            if (loads++ < 5000) Load();
        });
        Assert.InRange(loads, 10, 5000);
    }

    private static long LoadedAt(ulong sinceBoot)
    {
        double uptime = double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture);
        return (long)(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0 - uptime + sinceBoot / 1e9);
    }
}
