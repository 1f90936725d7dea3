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
        [typeof(IoctlRequest)] = "SKEP_IOC_", [typeof(SocketOption)] = "SO_", [typeof(RouteMessage)] = "RTM_",
        [typeof(SeccompKind)] = "SKEP_SECCOMP_", [typeof(PerfOutputKind)] = "SKEP_PERF_",
    };

    private static readonly Type[] Constants = [typeof(EventLayout), typeof(OwnerLayout)];

    private static readonly Lazy<CDeclarations> Declared = new(Declare);

    public static TheoryData<string> Declarations =>
        [.. Structures.Concat(Attributes).Concat(Prefixes.Keys).Concat(Constants).Select(type => type.FullName!)];

    public static TheoryData<string> StructureNames =>
        [.. Structures.Where(type => type != typeof(MadeRecord)).Select(type => type.FullName!)];

    public static TheoryData<string> AttributeNames => [.. Attributes.Select(type => type.FullName!)];

    public static TheoryData<string> Enumerations =>
        [.. Prefixes.Keys.Where(type => type != typeof(CounterSlot)).Select(type => type.FullName!)];

    [Theory]
    [MemberData(nameof(Declarations))]
    public void A_type_is_that_of_the_kernel_side(string type) => Declared.Value.AssertHolds(type);

    [Fact]
    public void There_are_as_many_as_the_kernel_side_has()
    {
        Assert.True(Structures.Length >= 21);
        Assert.True(Attributes.Length >= 30);
    }

    [Theory]
    [MemberData(nameof(AttributeNames))]
    public void Offsets_of_attributes_are_constants_too(string name)
    {
        Type type = Named(name);
        Assert.All(FieldPlace.Of(type), field =>
            Assert.Equal(field.Offset, (int)type.GetNestedType("At")!.GetField(field.Name)!.GetRawConstantValue()!));
    }

    [Theory]
    [MemberData(nameof(StructureNames))]
    public void A_structure_has_no_padding_that_is_not_a_field(string name)
    {
        Type type = Named(name);
        int end = 0;
        foreach (FieldPlace field in FieldPlace.Of(type).OrderBy(f => f.Offset))
        {
            Assert.True(field.Offset == end, $"{type.Name}.{field.Name} begins at {field.Offset}, not at {end}");
            end = field.Offset + field.Size;
        }

        Assert.True(end == FieldPlace.SizeOf(type), $"{type.Name} has {FieldPlace.SizeOf(type) - end} bytes behind its last field");
    }

    [Fact]
    public void Every_enum_has_a_prefix() => Assert.All(Generated.Where(type => type.IsEnum && type != typeof(AttrKind)), type =>
        Assert.True(Prefixes.ContainsKey(type), type.Name));

    [Theory]
    [MemberData(nameof(Enumerations))]
    public void Every_enumerator_of_the_kernel_side_is_here(string name)
    {
        Type type = Named(name);
        int declared = Directory.EnumerateFiles(AppContext.BaseDirectory, "skep_*.h").SelectMany(File.ReadLines)
            .Count(line => line.StartsWith("\t" + Prefixes[type], StringComparison.Ordinal)
                && line.Contains(" = ", StringComparison.Ordinal));
        Assert.Equal(declared + (type == typeof(CallFlags) ? 1 : 0), Enum.GetValues(type).Length);
    }

    private static Type Named(string name) => Generated.Single(type => type.FullName == name);

    private static IEnumerable<Type> OfAssembly(Type one) => one.Assembly.GetTypes().Where(type => type.Namespace == one.Namespace);

    private static CDeclarations Declare()
    {
        var c = new CDeclarations();
        c.Add("#include <linux/types.h>");
        foreach (string header in (string[])["skep_event.h", "skep_command.h", "skep_owner.h", "skep_perf_output.h", "bpf_attr.h"])
            c.Add($"#include \"{header}\"");
        foreach (Type type in Structures)
        {
            string kind = type == typeof(MadeRecord) ? "union" : "struct";
            AssertStructure(c, type, $"{kind} skep_{Snake(type.Name[..^"Record".Length])}", Snake);
        }

        foreach (Type type in Attributes)
            AssertStructure(c, type, $"struct attr_{Snake(type.Name[..^"Attr".Length])}", name => Attribute(type, name));
        foreach ((Type type, string prefix) in Prefixes)
        {
            foreach (object value in Enum.GetValues(type))
                if (!value.Equals(CallFlags.None))
                    c.Assert(type.FullName!, $"{prefix}{Snake(value.ToString()!).ToUpperInvariant()} == {Convert.ToUInt32(value)}");
        }

        foreach (Type type in Constants)
            foreach (FieldInfo constant in type.GetFields())
                c.Assert(type.FullName!, $"SKEP_{Snake(constant.Name).ToUpperInvariant()} == {constant.GetRawConstantValue()}");
        c.Assert(typeof(CounterSlot).FullName!, $"SKEP_COUNTERS == {Enum.GetValues<CounterSlot>().Length - 1}");
        return c;
    }

    private static void AssertStructure(CDeclarations c, Type type, string structure, Func<string, string> rename)
    {
        c.Assert(type.FullName!, $"sizeof({structure}) == {FieldPlace.SizeOf(type)}");
        foreach (FieldPlace field in FieldPlace.Of(type))
        {
            c.Assert(type.FullName!, $"offsetof({structure}, {rename(field.Name)}) == {field.Offset}");
            c.Assert(type.FullName!, $"sizeof((({structure} *)0)->{rename(field.Name)}) == {field.Size}");
        }
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
