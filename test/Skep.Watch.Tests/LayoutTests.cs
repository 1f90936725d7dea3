using Skep.Inventory.Passes;
using Skep.Linux.Kernel;
using Skep.Maps.Tap;
using Skep.Watch.Capture;
using Skep.Watch.Tests.Support;

namespace Skep.Watch.Tests;

/// <summary>Layout.cs and the records of the inventory against bpf/include/skep_event.h and skep_owner.h, both compiled.</summary>
public sealed class LayoutTests
{
    private static readonly (Type Type, string Structure)[] Structures =
    [
        (typeof(SettingsRecord), "skep_settings"), (typeof(ShareRecord), "skep_share"),
        (typeof(ObjectReference), "skep_ref"),
        (typeof(MapFd), "skep_map_fd"),
        (typeof(Acknowledgement), "skep_ack"),
        (typeof(ProgramRecord), "skep_prog"),
        (typeof(MapRecord), "skep_map"),
        (typeof(LinkRecord), "skep_link"),
        (typeof(ResultRecord), "skep_result"),
        (typeof(EntryRecord), "skep_entry"),
        (typeof(CallRecord), "skep_call"),
        (typeof(BlobHeader), "skep_blob"),
        (typeof(ProcessHeader), "skep_process"),
        (typeof(ElementKey), "skep_element_key"),
        (typeof(ElementCount), "skep_element_count"),
        (typeof(OwnerRecord), "skep_owner"),
        (typeof(CodeRecord), "skep_code"),
        (typeof(SocketRecord), "skep_socket"),
        (typeof(ObjectRecord), "skep_object"),
        (typeof(SeccompRecord), "skep_seccomp"),
        (typeof(PerfOutputRecord), "skep_perf_output"),
    ];

    // C abbreviates.
    private static readonly Dictionary<string, string> Members = new()
    {
        ["Return"] = "ret", ["Command"] = "cmd", ["CommandMask"] = "cmd_mask", ["References"] = "refs", ["ParentPid"] = "ppid",
        ["Sequence"] = "seq", ["FilterLength"] = "filter_len", ["FilterAddress"] = "filter_addr", ["NetlinkLength"] = "netlink_len",
        ["ProgramId"] = "prog_id", ["IfIndex"] = "ifindex", ["Padding"] = "pad",
        ["OwnerRecord.KindNumber"] = "kind", ["BlobHeader.Kind"] = "blob", ["ProcessHeader.Start"] = "process_start",
    };

    private static readonly Dictionary<string, string> Enumerators = new()
    {
        ["SKEP_OBJ_PROGRAM"] = "SKEP_OBJ_PROG", ["SKEP_OBJ_ITERATOR"] = "SKEP_OBJ_ITER",
    };

    [Fact]
    public void Structures_are_those_of_the_kernel_side()
    {
        CDeclarations c = Header();
        foreach ((Type type, string name) in Structures)
        {
            string structure = "struct " + name;
            c.Assert($"sizeof({structure}) == {FieldPlace.SizeOf(type)}");
            foreach (FieldPlace field in FieldPlace.Of(type))
            {
                if (type == typeof(ResultRecord) && field.Name == nameof(ResultRecord.Object))
                {
                    c.Assert($"sizeof({structure}) - offsetof({structure}, prog) == {field.Size}");
                    foreach (string member in (string[])["prog", "map", "link"]) c.Assert($"offsetof({structure}, {member}) == {field.Offset}");
                    continue;
                }

                string mine = Members.GetValueOrDefault($"{type.Name}.{field.Name}") ?? Members.GetValueOrDefault(field.Name) ?? Snake(field.Name);
                c.Assert($"offsetof({structure}, {mine}) == {field.Offset}");
                c.Assert($"sizeof((({structure} *)0)->{mine}) == {field.Size}");
            }
        }

        c.Compile();
    }

    [Fact]
    public void No_structure_has_padding_that_is_not_a_field()
    {
        foreach ((Type type, _) in Structures)
        {
            int end = 0;
            foreach (FieldPlace field in FieldPlace.Of(type).OrderBy(f => f.Offset))
            {
                Assert.True(field.Offset == end, $"{type.Name}.{field.Name} begins at {field.Offset}, not at {end}");
                end = field.Offset + field.Size;
            }

            Assert.True(end == FieldPlace.SizeOf(type), $"{type.Name} has {FieldPlace.SizeOf(type) - end} bytes behind its last field");
        }
    }

    [Fact]
    public void Numbers_are_those_of_the_kernel_side()
    {
        CDeclarations c = Header();
        AssertValues<RecordKind>(c, "SKEP_RECORD_");
        AssertValues<SyscallKind>(c, "SKEP_SYS_");
        AssertValues<CallFlags>(c, "SKEP_CALL_", except: CallFlags.None);
        AssertValues<ObjectKind>(c, "SKEP_OBJ_");
        AssertValues<BlobKind>(c, "SKEP_BLOB_");
        AssertValues<CounterSlot>(c, "SKEP_");
        AssertValues<SeccompRecordKind>(c, "SKEP_SECCOMP_");
        AssertValues<PerfOutputKind>(c, "SKEP_PERF_");
        c.Assert($"SKEP_COUNTERS == {Enum.GetValues<CounterSlot>().Length}");
        c.Assert($"SKEP_BLOB_PIECE == {BlobHeader.PieceLimit}");
        c.Assert($"SKEP_NAME_LEN == {Name16.Length}");
        c.Assert($"SKEP_ATTR_LEN == {AttrBytes.Length}");
        c.Assert($"SKEP_REFS == {ObjectReferences.Length}");
        c.Assert($"SKEP_PROG_MAPS == {MapIds.Length}");
        c.Assert($"SKEP_TARGET_LEN == {Bytes128.Length}");
        c.Assert($"SKEP_ACKS == {Acknowledgements.Length}");
        c.Compile();
    }

    [Fact]
    public void Every_enumerator_of_the_kernel_side_is_here()
    {
        string header = File.ReadAllText(HeaderFile);
        Assert.Equal(Declared(header, "SKEP_RECORD_"), Enum.GetValues<RecordKind>().Length);
        Assert.Equal(Declared(header, "SKEP_SYS_"), Enum.GetValues<SyscallKind>().Length);
        Assert.Equal(Declared(header, "SKEP_OBJ_"), Enum.GetValues<ObjectKind>().Length);
        Assert.Equal(Declared(header, "SKEP_BLOB_"), Enum.GetValues<BlobKind>().Length);
    }

    private static string HeaderFile => Path.Combine(AppContext.BaseDirectory, "skep_event.h");

    private static int Declared(string header, string prefix) =>
        header.Split('\n').Count(line => line.StartsWith("\t" + prefix, StringComparison.Ordinal) && line.Contains(" = ", StringComparison.Ordinal));

    private static CDeclarations Header()
    {
        var c = new CDeclarations();
        c.Add("#include <linux/types.h>");
        foreach (string header in (string[])["skep_event.h", "skep_owner.h", "skep_perf_output.h"]) c.Add(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, header)));
        return c;
    }

    private static void AssertValues<T>(CDeclarations c, string prefix, T? except = null) where T : struct, Enum
    {
        foreach (T value in Enum.GetValues<T>())
        {
            if (value.Equals(except)) continue;
            string name = prefix + Snake(value.ToString()).ToUpperInvariant();
            c.Assert($"{Enumerators.GetValueOrDefault(name, name)} == {Convert.ToUInt32(value)}");
        }
    }

    private static string Snake(string name) =>
        string.Concat(name.Select((ch, i) => i > 0 && char.IsUpper(ch) ? "_" + char.ToLowerInvariant(ch) : char.ToLowerInvariant(ch).ToString()));
}
