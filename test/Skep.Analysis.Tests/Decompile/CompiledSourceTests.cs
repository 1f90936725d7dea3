using System.Globalization;
using System.Text;
using Skep.Analysis.Decompile;
using Skep.Analysis.Tests.Support;
using Skep.Inventory.Code;

namespace Skep.Analysis.Tests.Decompile;

/// <summary>
/// A source compiled for this machine beside the text of what clang makes of it for BPF: fields of all types, in a process whose global
/// variables are set to the same bytes for both.
/// </summary>
public sealed class CompiledSourceTests
{
    private const string Source = "Programs/typed.bpf.c";

    private const string Main = """
        #include <stddef.h>
        #include <stdio.h>
        #include <string.h>
        #include <unistd.h>

        static u64 seed = 88172645463325252ull;

        static u64 random64(void)
        {
        	seed ^= seed << 13;
        	seed ^= seed >> 7;
        	return seed ^= seed << 17;
        }

        static void fill(void *memory, unsigned size)
        {
        	static const u8 edges[] = { 0, 1, 0xff, 0x80, 0x7f, 2 };

        	for (unsigned i = 0; i < size; i++)
        		((u8 *)memory)[i] = random64() & 3 ? random64() : edges[random64() % sizeof(edges)];
        }

        static struct state { struct all one, two; s32 table[8]; u64 total; } before, first, second;

        static void set(const struct state *to)
        {
        	one = to->one, two = to->two, total = to->total;
        	memcpy(table, to->table, sizeof(table));
        }

        static void get(struct state *from)
        {
        	memcpy(&from->one, &one, sizeof(one));
        	memcpy(&from->two, &two, sizeof(two));
        	memcpy(from->table, table, sizeof(table));
        	from->total = total;
        }

        static int check(const char *name, u64 (*source)(void *), u64 (*text)(void *))
        {
        	for (int round = 0; round < 3000; round++) {
        		fill(&before, sizeof(before));
        		((u8 *)&before.one)[offsetof(struct all, yes)] &= 1;
        		((u8 *)&before.two)[offsetof(struct all, yes)] &= 1;
        		set(&before);
        		u32 expected = source(0);
        		get(&first);
        		set(&before);
        		u32 found = text(0);
        		get(&second);
        		if (expected == found && !memcmp(&first, &second, sizeof(first)))
        			continue;
        		printf("%s: expected %x, found %x, %s\n", name, expected, found,
        		       memcmp(&first, &second, sizeof(first)) ? "variables differ" : "variables are the same");
        		return 1;
        	}
        	return 0;
        }

        """;

    [Theory]
    [InlineData("v1")]
    [InlineData("v3")]
    public void The_text_of_typed_accesses_does_what_the_source_does(string cpu)
    {
        IReadOnlyList<ProgramCode> programs = BpfPrograms.OfSource(Source, cpu);
        Assert.True(programs.Count >= 11);
        var file = new StringBuilder(CompiledC.Prelude).Append(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, Source)));
        var calls = new StringBuilder("int main(void)\n{\n\tint failed = 0;\n\n\talarm(60);\n");
        for (int i = 0; i < programs.Count; i++)
        {
            var text = Decompilation.Of(programs[i]);
            foreach (PseudoFunction function in text.Functions)
                file.Append(CultureInfo.InvariantCulture, $"#define {function.Name} {function.Name}__{i}\n");
            file.Append(CompiledC.Text(programs[i]));
            foreach (PseudoFunction function in text.Functions) file.Append(CultureInfo.InvariantCulture, $"#undef {function.Name}\n");
            calls.Append(CultureInfo.InvariantCulture,
                $"\tfailed |= check(\"{programs[i].Name}\", {programs[i].Name}, (u64 (*)(void *)){programs[i].Name}__{i});\n");
        }

        string directory = Directory.CreateTempSubdirectory("skep-c-").FullName;
        try
        {
            string source = Path.Combine(directory, "typed.c"), program = Path.Combine(directory, "typed");
            File.WriteAllText(source, file.Append(Main).Append(calls).Append("\treturn failed;\n}\n").ToString());
            Tool.Run("gcc", "-std=gnu11", "-O2", "-w", "-fwrapv", "-fno-strict-aliasing", source, "-o", program);
            Assert.Equal(new Outcome(0, "", ""), Tool.Try(program));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
