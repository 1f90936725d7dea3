using Skep.Bpf;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Live;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Objects;
using Skep.Debug.Replay;
using Skep.Inventory.Code;
using Skep.Inventory.Machine;

namespace Skep.Debug.Tests.Machine;

/// <summary>Programs of an object file that clang made do the same in the kernel, where libbpf loads them, and in a machine.</summary>
[Trait("level", "kernel")]
public sealed class ObjectKernelTests
{
    private const int Runs = 3000;

    [Theory]
    [InlineData("count_flows", "v1")]
    [InlineData("count_flows", "v3")]
    [InlineData("walk_all", "v3")]
    [InlineData("walk_all", "v2")]
    [InlineData("first", "v3")]
    [InlineData("rewrite", "v2")]
    [InlineData("rewrite", "v3")]
    [InlineData("mark_all", "v3")]
    [InlineData("guess_protocol", "v3")]
    public void Programs_do_the_same(string name, string cpu)
    {
        Requires.Root();
        byte[] file = BpfSource.Object("Machine/Programs/machine.bpf.c", cpu);
        using BpfObject loaded = BpfObject.Open(file, "machine");
        loaded.Load();
        using BpfProgram kernel = loaded.Program(name).Open();
        Compare(loaded, kernel, ObjectMachine.Create(file, name));
    }

    [Theory]
    [InlineData("count_flows")]
    [InlineData("walk_all")]
    [InlineData("rewrite")]
    [InlineData("mark_all")]
    [InlineData("guess_protocol")]
    public void Loaded_programs_are_run_from_their_translated_code(string name)
    {
        Requires.Root();
        using BpfObject loaded = BpfObject.Open(BpfSource.Object("Machine/Programs/machine.bpf.c"), "machine");
        loaded.Load();
        using BpfProgram kernel = loaded.Program(name).Open();

        // What is in the maps already is copied.
        for (int i = 0; i < 20; i++) kernel.Run(new BpfRun { Data = CallProgram.Packet(new Random(i), 54, 120) });
        ProgramCode code = LoadedCodeReader.Read(kernel, new MachineSnapshot().Kernel);
        var machine = new BpfMachine([ProgramImage.Of(code)]);
        var copies = new LiveMaps(machine);
        foreach (MachineMap map in machine.Maps)
        {
            using BpfMap from = BpfMap.OpenById(map.Definition.Id);
            copies.Copy(from, map);
        }

        Compare(loaded, kernel, machine);
    }

    /// <summary>What a program throws is returned, or given to the function that it names; from callbacks too.</summary>
    [Theory]
    [InlineData("plain", 77u)]
    [InlineData("caught", 83u)]
    [InlineData("caught_deep", 86u)]
    public void Exceptions_end_programs(string name, uint expected)
    {
        Requires.Root();
        Requires.Kernel(6, 7);
        RunBoth(
            """
            #include <linux/bpf.h>
            #include <bpf/bpf_helpers.h>
            extern void bpf_throw(__u64 cookie) __ksym;
            #define CAUGHT __attribute__((btf_decl_tag("exception_callback:caught_by")))
            static __noinline int thrower(int x) { if (x > 3) bpf_throw(70 + x); return x; }
            static long callback(__u32 index, void *context) { thrower(index + 10); return 0; }
            __noinline int caught_by(__u64 cookie) { return cookie + 6; }
            SEC("tc") int plain(struct __sk_buff *ctx) { return thrower(ctx->len & 7 | 7); }
            SEC("tc") CAUGHT int caught(struct __sk_buff *ctx) { return thrower(ctx->len & 7 | 7); }
            SEC("tc") CAUGHT int caught_deep(struct __sk_buff *ctx) { bpf_loop(20 + (ctx->len & 1), callback, 0, 0); return 1; }
            char gpl[] SEC("license") = "GPL";
            """,
            name, expected);
    }

    /// <summary>Maps that an object puts into a map are there, with content of their own.</summary>
    [Theory]
    [InlineData("by_index")]
    [InlineData("by_key")]
    public void Maps_of_maps_have_what_the_object_puts_there(string name)
    {
        Requires.Root();
        RunBoth(
            """
            #include <linux/bpf.h>
            #include <bpf/bpf_helpers.h>
            struct inner {
                __uint(type, BPF_MAP_TYPE_ARRAY);
                __uint(max_entries, 2);
                __type(key, __u32);
                __type(value, __u64);
            } first SEC(".maps"), second SEC(".maps");
            struct {
                __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
                __uint(max_entries, 3);
                __type(key, __u32);
                __array(values, struct inner);
            } indexed SEC(".maps") = { .values = { [0] = &first, [2] = &second } };
            struct {
                __uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
                __uint(max_entries, 3);
                __type(key, __u32);
                __array(values, struct inner);
            } keyed SEC(".maps") = { .values = { [1] = &second } };
            static __always_inline int count(void *outer, __u32 i, int found)
            {
                __u32 key = 1;
                void *map = bpf_map_lookup_elem(outer, &i);
                __u64 *value = map ? bpf_map_lookup_elem(map, &key) : 0;
                return value ? found * 10 + ++*value * (i + 1) : found;
            }
            #define COUNT(outer) count(outer, 2, count(outer, 1, count(outer, 0, 0)))
            SEC("xdp") int by_index(struct xdp_md *ctx) { return COUNT(&indexed); }
            SEC("xdp") int by_key(struct xdp_md *ctx) { return COUNT(&keyed); }
            char gpl[] SEC("license") = "GPL";
            """,
            name, name == "by_index" ? 13u : 2u);
    }

    /// <summary>A program that a function calls has frames of its own, on top of those of the function's callers.</summary>
    [Fact]
    public void Functions_call_programs()
    {
        Requires.Root();
        Requires.Kernel(6, 12);
        RunBoth(
            """
            #include <linux/bpf.h>
            #include <bpf/bpf_helpers.h>
            int nested(struct __sk_buff *ctx);
            struct {
                __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
                __uint(max_entries, 1);
                __uint(key_size, sizeof(__u32));
                __array(values, int (struct __sk_buff *));
            } table SEC(".maps") = { .values = { [0] = &nested } };
            int count;
            static __noinline int call(struct __sk_buff *ctx) { bpf_tail_call_static(ctx, &table, 0); return 1; }
            SEC("tc") int nested(struct __sk_buff *ctx) { count++; call(ctx); call(ctx); return count; }
            char gpl[] SEC("license") = "GPL";
            """,
            "nested", 34);
    }

    private static void RunBoth(string source, string name, uint expected)
    {
        byte[] file = BpfSource.Compile(source);
        using ObjectProgram? loaded = TryLoad(file, name);
        if (loaded is not null) Assert.Equal(expected, loaded.Program.Run(new BpfRun { Data = new byte[64] }).ReturnValue);
        BpfMachine machine = ObjectMachine.Create(file, name);
        machine.Start(new MachineInput { Packet = new byte[64] });
        Assert.True(machine.Run(1_000_000) == MachineStatus.Finished, $"{machine.Fault}");
        Assert.Equal(expected, machine.ReturnValue);
    }

    // To load a callback of exceptions, libbpf is to be 1.3 or newer: with an older one the machine alone is run.
    private static ObjectProgram? TryLoad(byte[] file, string name)
    {
        try
        {
            return ObjectProgram.Load(file, "object", name);
        }
        catch (BpfLoadException e) when (e.Message.Contains("exception callback type id not found", StringComparison.Ordinal))
        {
            return null;
        }
    }

    private static void Compare(BpfObject loaded, BpfProgram kernel, BpfMachine machine)
    {
        var random = new Random(1);
        var left = new byte[4096];
        for (int i = 0; i < Runs; i++)
        {
            byte[] packet = CallProgram.Packet(random, 54, 120);
            if (random.Next(3) == 0) packet[23] = (byte)(random.Next(2) == 0 ? 6 : 17);
            BpfRunResult result = kernel.Run(new BpfRun { Data = packet, DataOut = left });
            machine.Start(new MachineInput { Packet = packet });
            Assert.True(machine.Run(1_000_000) == MachineStatus.Finished, $"run {i}: {machine.Fault}");
            Assert.Equal(result.ReturnValue, machine.ReturnValue);
            Assert.Equal(left[..result.DataLength], machine.PacketOutput());
        }

        foreach (MachineMap map in machine.Maps)
        {
            if (map.Definition.Type == BpfMapType.ProgArray) continue;
            using BpfMap other =
                map.Definition.Id != 0 ? BpfMap.OpenById(map.Definition.Id) : loaded.Map(map.Definition.Name).Open();
            var entries = map.Entries().ToDictionary(e => Convert.ToHexString(e.Key), e => Convert.ToHexString(e.Value));
            int count = 0;
            other.Scan((key, value, _) =>
            {
                count++;
                Assert.Equal(Convert.ToHexString(value), entries.GetValueOrDefault(Convert.ToHexString(key)));
                return true;
            });
            Assert.Equal(count, entries.Count);
        }
    }
}
