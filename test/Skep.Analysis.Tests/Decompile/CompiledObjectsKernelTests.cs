using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Skep.Analysis.Decompile;
using Skep.Analysis.Tests.Support;
using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Analysis.Tests.Decompile;

/// <summary>
/// The text of libbpf-tools' and xdp-tools' programs is C: gcc takes it behind bpftool's declarations of the object's types and libbpf's of
/// helpers. Numbers in place of pointers are errors, as they are in later versions of gcc.
/// </summary>
[Trait("level", "kernel")]
public sealed partial class CompiledObjectsKernelTests(ITestOutputHelper output)
{
    private const string Helpers = "/usr/include/bpf/bpf_helper_defs.h";

    [Fact]
    public void The_text_of_real_programs_compiles()
    {
        Assert.SkipUnless(File.Exists(Helpers), "needs libbpf's headers");
        int programs = 0;
        var broken = new Dictionary<string, List<string>>();
        string directory = Directory.CreateTempSubdirectory("skep-c-").FullName;
        try
        {
            foreach ((string tool, byte[] elf) in ToolObjects.All())
            {
                IReadOnlyList<ProgramCode> codes = BpfPrograms.OfBytes(elf);
                if (codes.Any(code => code.Btf is null)) continue;
                string file = Path.Combine(directory, "object.o"), source = Path.Combine(directory, "object.c");
                File.WriteAllBytes(file, elf);
                File.WriteAllText(source, Source(tool, file, codes));
                programs += codes.Count;
                foreach (Match error in Error()
                    .Matches(Tool.Try("gcc", "-std=gnu11", "-fsyntax-only", "-Werror=int-conversion", "-fmax-errors=0", source).Error))
                {
                    string name = error.Groups["place"].Value;
                    if (!broken.TryGetValue(name, out List<string>? errors)) broken[name] = errors = [];
                    errors.Add(error.Value);
                }
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }

        Assert.SkipWhen(programs == 0, "needs libbpf-tools and xdp-tools");
        foreach (string error in broken.SelectMany(one => one.Value.Take(3))) output.WriteLine(error);
        output.WriteLine($"{programs - broken.Count} of {programs} programs compile");
        Assert.True(broken.Count == 0,
            $"{broken.Count} of {programs} programs do not compile:\n{string.Join('\n', broken.SelectMany(one => one.Value.Take(3)))}");
    }

    private static string Source(string tool, string file, IReadOnlyList<ProgramCode> codes)
    {
        var source = new StringBuilder($"#line 1 \"{tool} prelude\"\n").Append(CompiledC.Prelude).Append($"#line 1 \"{tool} types\"\n");
        source.Append(Tool.Run(Tool.Bpftool, "btf", "dump", "file", file, "format", "c"));
        source.Append(
            "typedef u8 __u8; typedef u16 __u16; typedef u32 __u32; typedef u64 __u64; typedef s32 __s32; typedef s64 __s64; "
            + "typedef u16 __be16; typedef u32 __be32; typedef u32 __wsum; typedef u64 __be64;\n").Append(
            CultureInfo.InvariantCulture, $"#include \"{Helpers}\"\n");
        var declared = new HashSet<string>();
        foreach (ProgramCode code in codes) Declare(source, code, declared);
        for (int i = 0; i < codes.Count; i++)
        {
            var text = Decompilation.Of(codes[i]);
            foreach (PseudoFunction function in text.Functions)
                source.Append(CultureInfo.InvariantCulture, $"#define {function.Name} {function.Name}__{i}\n");
            source.Append(CultureInfo.InvariantCulture, $"#line 1 \"{tool} {codes[i].Name}\"\n").Append(CompiledC.Text(codes[i]));
            foreach (PseudoFunction function in text.Functions) source.Append(CultureInfo.InvariantCulture, $"#undef {function.Name}\n");
        }

        return source.ToString();
    }

    // Maps, global variables, and what the kernel has.
    private static void Declare(StringBuilder source, ProgramCode code, HashSet<string> declared)
    {
        foreach (CodeMap map in code.Maps)
        {
            foreach (CodeVariable variable in Place.VariablesOf(map))
            {
                if (map.Btf is { } btf && btf.TryFind(variable.Name, BtfKind.Var, out BtfType type) && declared.Add(variable.Name))
                    source.Append(CultureInfo.InvariantCulture,
                        $"extern {CTypeText.Declare(btf, type.TypeId, CTypeText.Identifier(variable.Name))};\n");
            }

            if (declared.Add(map.Label)) source.Append(CultureInfo.InvariantCulture, $"extern char {CTypeText.Identifier(map.Label)}[];\n");
        }

        foreach (DecodedInstruction item in Isa.Decoder.Decode(code.Instructions))
        {
            if (item.Kind == OperationKind.LoadBtfId && code.SymbolOfSlot.TryGetValue(item.Index, out string? name) && declared.Add(name))
                source.Append(CultureInfo.InvariantCulture, $"extern char {CTypeText.Identifier(name)}[];\n");
        }
    }

    [GeneratedRegex("^(?<place>[^:\n]+):[0-9]+:[0-9]+: (fatal )?error: .*$", RegexOptions.Multiline)]
    private static partial Regex Error();
}
