using System.Reflection;
using Skep.Inventory.Layouts;
using Skep.Maps.Layouts;
using Skep.Watch.Layouts;
using Skep.Watch.Tests.Support;

namespace Skep.Watch.Tests.Layouts;

/// <summary>The C# side of bpf/include/*.h, as build/layouts.awk writes it, against the headers themselves, compiled.</summary>
public sealed class LayoutTests
{
    private static readonly Type[] Generated =
        [.. OfAssembly(typeof(EntryRecord)), .. OfAssembly(typeof(OwnerRecord)), .. OfAssembly(typeof(PerfOutputRecord))];

    private static readonly Type[] Structures = [.. Generated.Where(type => type.Name.EndsWith("Record", StringComparison.Ordinal))];

    private static readonly Type[] Attributes = [.. Generated.Where(type => type.Name.EndsWith("Attr", StringComparison.Ordinal))];

    // What the enumerators of each enum begin with; those of the flags begin with none.
    private static readonly Dictionary<Type, string> Prefixes = new()
    {
        [typeof(RecordKind)] = "SKEP_RECORD_", [typeof(SyscallKind)] = "SKEP_SYS_", [typeof(CallFlags)] = "SKEP_CALL_",
        [typeof(Skep.Watch.Layouts.ObjectKind)] = "SKEP_OBJ_", [typeof(Skep.Inventory.Layouts.ObjectKind)] = "SKEP_OBJ_",
        [typeof(BlobKind)] = "SKEP_BLOB_", [typeof(CounterSlot)] = "SKEP_", [typeof(ArgvState)] = "SKEP_ARGV_",
        [typeof(SocketOption)] = "SO_", [typeof(RouteMessage)] = "RTM_",
        [typeof(SeccompKind)] = "SKEP_SECCOMP_", [typeof(PerfOutputKind)] = "SKEP_PERF_",
    };

    [Fact]
    public void Structures_are_those_of_the_kernel_side()
    {
        CDeclarations c = Header();
        Assert.True(Structures.Length >= 21);
        foreach (Type type in Structures)
        {
            string structure = $"{(type == typeof(MadeRecord) ? "union" : "struct")} skep_{Snake(type.Name[..^"Record".Length])}";
            c.Assert($"sizeof({structure}) == {FieldPlace.SizeOf(type)}");
            foreach (FieldPlace field in FieldPlace.Of(type))
            {
                string mine = Snake(field.Name);
                c.Assert($"offsetof({structure}, {mine}) == {field.Offset}");
                c.Assert($"sizeof((({structure} *)0)->{mine}) == {field.Size}");
            }
        }

        c.Compile();
    }

    [Fact]
    public void Attributes_are_those_of_the_kernel_side()
    {
        CDeclarations c = Header();
        Assert.True(Attributes.Length >= 30);
        foreach (Type type in Attributes)
        {
            string structure = $"struct attr_{Snake(type.Name[..^"Attr".Length])}";
            c.Assert($"sizeof({structure}) == {FieldPlace.SizeOf(type)}");
            foreach (FieldPlace field in FieldPlace.Of(type))
            {
                string mine = Attribute(type, field.Name);
                c.Assert($"offsetof({structure}, {mine}) == {field.Offset}");
                c.Assert($"sizeof((({structure} *)0)->{mine}) == {field.Size}");
                FieldInfo at = type.GetNestedType("At")!.GetField(field.Name)!;
                Assert.Equal(field.Offset, (int)at.GetRawConstantValue()!);
            }
        }

        c.Compile();
    }

    [Fact]
    public void No_structure_has_padding_that_is_not_a_field()
    {
        foreach (Type type in Structures.Where(type => type != typeof(MadeRecord)))
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
        foreach ((Type type, string prefix) in Prefixes)
        {
            foreach (object value in Enum.GetValues(type))
                if (!value.Equals(CallFlags.None)) c.Assert(
                    $"{prefix}{Snake(value.ToString()!).ToUpperInvariant()} == {Convert.ToUInt32(value)}");
        }

        foreach (FieldInfo constant in ((Type[])[typeof(EventLayout), typeof(OwnerLayout)]).SelectMany(type => type.GetFields()))
            c.Assert($"SKEP_{Snake(constant.Name).ToUpperInvariant()} == {constant.GetRawConstantValue()}");
        c.Assert($"SKEP_COUNTERS == {Enum.GetValues<CounterSlot>().Length - 1}");
        c.Compile();
    }

    [Fact]
    public void Every_enumerator_of_the_kernel_side_is_here()
    {
        string[] lines = [.. Directory.EnumerateFiles(AppContext.BaseDirectory, "skep_*.h").SelectMany(File.ReadLines)];
        Assert.All(Generated.Where(type => type.IsEnum && type != typeof(AttrKind)), type =>
            Assert.True(Prefixes.ContainsKey(type), type.Name));
        foreach ((Type type, string prefix) in Prefixes)
        {
            if (type == typeof(CounterSlot)) continue;
            int declared = lines.Count(line => line.StartsWith("\t" + prefix, StringComparison.Ordinal)
                && line.Contains(" = ", StringComparison.Ordinal));
            Assert.Equal(declared + (type == typeof(CallFlags) ? 1 : 0), Enum.GetValues(type).Length);
        }
    }

    private static IEnumerable<Type> OfAssembly(Type one) => one.Assembly.GetTypes().Where(type => type.Namespace == one.Namespace);

    private static CDeclarations Header()
    {
        var c = new CDeclarations();
        c.Add("#include <linux/types.h>");
        foreach (string header in (string[])["skep_event.h", "skep_command.h", "skep_owner.h", "skep_perf_output.h", "bpf_attr.h"])
            c.Add($"#include \"{header}\"");
        return c;
    }

    // Links begin with a head of their own.
    private static string Attribute(Type type, string name)
    {
        if (!type.Name.StartsWith("Link", StringComparison.Ordinal)
            || type.Name is "LinkUpdateAttr" or "LinkDetachAttr" or "LinkByIdAttr") return name;
        if (name is "prog_fd" or "map_fd" or "target_fd" or "target_ifindex" or "attach_type" or "flags") return $"head.{name}";
        return name.EndsWith("_flags", StringComparison.Ordinal) ? "flags" : name;
    }

    private static string Snake(string name) =>
        string.Concat(name.Select((ch, i) => i > 0 && char.IsUpper(ch) ? "_" + char.ToLowerInvariant(ch)
            : char.ToLowerInvariant(ch).ToString()));
}
