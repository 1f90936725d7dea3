using System.CommandLine;
using System.Text.Json;
using Skep.Analysis.Drawing;
using Skep.Analysis.Dump;
using Skep.Analysis.Jited;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Options;
using Skep.Inventory.Code;
using Skep.Inventory.Listing;
using Skep.Inventory.Machine;
using Skep.Linux.Files;
using Skep.Output;

namespace Skep.Cli.Prog;

/// <summary><c>skep prog dump</c>.</summary>
internal static class ProgDumpCommand
{
    private static readonly CommandHelp s_help = new(
        "docs/dump.md",
        new("skep prog dump id 5", "a loaded program as the kernel translated it"),
        new("skep prog dump jited name my_prog opcodes", "machine code, with its bytes"),
        new("skep prog dump my_prog.bpf.o -j", "the programs of an object file, as JSON with bpftool's keys"));

    public static Command Create()
    {
        var words = new Argument<string[]>("PROG")
        {
            Description = $"[xlated | jited | original] {ProgramArgument.Usage}, then opcodes (the bytes of each instruction), "
                + "linum (files and numbers of source lines), visual (a graph for Graphviz) or file PATH (the bytes only, into a file). "
                + "FILE is an ELF object or raw instructions.",
            Arity = ArgumentArity.OneOrMore,
        };
        var cfg = new Option<string?>("--cfg") { Description = "Draw the control flow: dot (for Graphviz) or svg.", HelpName = "dot|svg" };
        OptionValues.TakeOnly(cfg, "dot", "svg");
        var elf = new Option<string?>("--elf") { Description = "Write an ELF object, for llvm-objdump and the like.", HelpName = "FILE" };
        var from = new Option<string?>("--from")
        {
            Description = "The directory of skep watch --save with the original.", HelpName = "DIR",
        };
        var dump = new SkepCommand(
            "dump",
            "Prints the code of a program, loaded or in a file.\n"
            + "xlated: as the kernel translated it (the default); jited: as machine code; original: as it was loaded.",
            s_help) { words, cfg, elf, from };
        dump.Prints((parsed, form) =>
        {
            if (DumpRequest.Parse(parsed.GetValue(words)!, out string? mistake) is not { } request)
                return Message.Error(mistake!, ExitCode.Usage);
            string? drawing = parsed.GetValue(cfg) ?? (request.Visual ? "dot" : null);
            (string? elfFile, string? directory) = (parsed.GetValue(elf), parsed.GetValue(from));
            if (Contradiction(request, form, drawing, elfFile, directory) is { } contradiction)
                return Message.Error(contradiction, ExitCode.Usage);
            TargetKernel kernel = new MachineSnapshot().Kernel;
            IReadOnlyList<ProgramCode> programs = directory is null
                ? DumpedPrograms.Read(request.Program, kernel, out mistake)
                : DumpedPrograms.ReadOriginal(request.Program, directory, kernel, out mistake);
            if (mistake is not null) return Message.Error(mistake, ExitCode.Usage);
            if (programs.Count > 1 && (request.File ?? drawing ?? elfFile) is not null)
            {
                string names = string.Join(", ", programs.Select(Title));
                return Message.Error($"{programs.Count} programs match, and one is asked for: {names}", ExitCode.Usage);
            }

            Check(request, programs, elfFile);
            if (elfFile is not null) WriteFile(elfFile, CodeObject.Write(programs[0]), form);
            else if (request.File is { } file) WriteFile(file, BytesOf(request, programs[0]), form);
            else if (drawing is not null) StandardOutput.WriteText(output => Draw(output, programs[0], drawing, request));
            else StandardOutput.Write(form, json => WriteJson(json, programs, request), text => WriteText(text, programs, request));
            return ExitCode.Done;
        });
        return dump;
    }

    private static string? Contradiction(DumpRequest request, OutputForm form, string? drawing, string? elf, string? directory)
    {
        if (form != OutputForm.Text && drawing is not null)
            return "a drawing is not JSON: leave out -j, or visual and --cfg (skep prog cfg -j prints the control flow as JSON)";
        if (request.Code == DumpedCode.Jited && (drawing ?? elf) is not null) return "--cfg and --elf are for bytecode: leave out jited";
        return request.Code == DumpedCode.Original == directory is not null ? null
            : "the original is in a directory of skep watch --save (skep prog dump original PROG --from DIR)";
    }

    // Before any of it is printed.
    private static void Check(DumpRequest request, IReadOnlyList<ProgramCode> programs, string? elf)
    {
        if (request.Opcodes || (request.File ?? elf) is not null)
            foreach (ProgramCode code in programs) code.RequireLittleEndian("give the bytes of");
        if (request.Code == DumpedCode.Jited)
            foreach (ProgramCode code in programs) JitedWriter.CodeOf(code);
    }

    private static ReadOnlyMemory<byte> BytesOf(DumpRequest request, ProgramCode code) =>
        request.Code == DumpedCode.Jited ? JitedWriter.CodeOf(code) : code.Bytes;

    private static DumpDetails Details(DumpRequest request) => new(request.Opcodes, request.LineNumbers);

    private static string Title(ProgramCode code) => code.Info is { } info ? $"{info.Id}" : $"{code.SectionName}: {code.Name}";

    // As bpftool.
    private static void WriteFile(string path, ReadOnlyMemory<byte> bytes, OutputForm form)
    {
        OutputFile.Write(path, bytes.Span);
        if (form != OutputForm.Text) StandardOutput.WriteJson(OutputForm.Json, output => output.WriteNullValue());
    }

    private static void Draw(TextWriter output, ProgramCode code, string form, DumpRequest request)
    {
        if (form == "svg") FlowSvgWriter.Write(output, code);
        else FlowDotWriter.Write(output, code, Details(request));
    }

    private static void WriteText(TextWriter output, IReadOnlyList<ProgramCode> programs, DumpRequest request)
    {
        foreach (ProgramCode code in programs)
        {
            if (code != programs[0]) output.Write('\n');
            if (programs.Count > 1) WriteHead(output, code);
            if (request.Code == DumpedCode.Jited) JitedWriter.WriteText(output, code, Details(request), StandardOutput.HasColour);
            else XlatedWriter.WriteText(output, code, Details(request), StandardOutput.HasColour);
        }
    }

    private static void WriteHead(TextWriter output, ProgramCode code)
    {
        if (code.Info is { } info) ProgramHead.WriteText(output, info, code.Name ?? "");
        else output.Write($"{SafeText.Escape(Title(code))}:\n");
    }

    // One program is an array, as bpftool prints it; several are objects with their names.
    private static void WriteJson(Utf8JsonWriter json, IReadOnlyList<ProgramCode> programs, DumpRequest request)
    {
        if (programs.Count > 1) json.WriteStartArray();
        foreach (ProgramCode code in programs)
        {
            if (programs.Count > 1)
            {
                json.WriteStartObject();
                if (code.Info is { } info) ProgramHead.WriteJson(json, info, code.Name ?? "");
                else json.WriteString("name", Title(code));
                json.WritePropertyName("insns");
            }

            if (request.Code == DumpedCode.Jited) JitedWriter.WriteJson(json, code, Details(request));
            else XlatedWriter.WriteJson(json, code, Details(request));
            if (programs.Count > 1) json.WriteEndObject();
        }

        if (programs.Count > 1) json.WriteEndArray();
    }
}
