using System.CommandLine;
using System.CommandLine.Help;
using Skep.Agent.Config;
using Skep.Cli.Help;
using Skep.Linux.Files;

namespace Skep.Cli.Manual;

/// <summary>A page of the manual: what the help of a command has, in the macros of man(7).</summary>
internal sealed class ManualPage
{
    private const string Section = "8";

    private static readonly (string Path, string Text)[] Files =
    [
        (AgentConfig.DefaultPath, "The configuration of the agent: /usr/share/doc/skep/agent.md."),
        (new AgentConfig().AlertsDirectory, "Rules of alerts, and where alerts are sent."),
        (new AgentConfig().StateDirectory, "The history of the agent."),
        (new AgentConfig().RuntimeDirectory, "The socket, the token and the state of the agent; the packet filters that are applied."),
        (SkepPaths.FilterPins, "The programs, maps and links of packet filters."),
    ];

    private readonly Command _command;
    private readonly ManualPage? _above;
    private readonly List<ManualPage> _below = [];

    private ManualPage(Command command, ManualPage? above)
    {
        (_command, _above) = (command, above);
        Name = above is null ? "skep" : $"{above.Name}-{command.Name}";
        Path = above is null ? "skep" : $"{above.Path} {command.Name}";
        foreach (Command below in command.Subcommands.Where(one => !one.Hidden)) _below.Add(new ManualPage(below, this));
    }

    /// <summary>Its name: <c>skep-prog-show</c>.</summary>
    public string Name { get; }

    private string Path { get; }

    private string FirstLine => (_command.Description ?? "").Split('\n')[0].TrimEnd('.');

    /// <summary>The pages of all commands, the one of skep first.</summary>
    public static IEnumerable<ManualPage> All(Command root) => new ManualPage(root, above: null).WithBelow();

    /// <summary>Writes the page.</summary>
    public void Write(TextWriter output)
    {
        output.WriteLine($".TH {Roff.Argument(Name.ToUpperInvariant())} {Section} \"\" \"skep {SkepVersion.Number}\" \"skep\"");
        // No word is divided, as of an option, and lines end where they end.
        output.WriteLine(".nh\n.ad l");
        output.WriteLine($".SH NAME\n{Roff.Text(Name)} \\- {Roff.Text(FirstLine)}");
        WriteSynopsis(output);
        output.WriteLine(".SH DESCRIPTION");
        foreach (string line in (_command.Description ?? "").Split('\n')) output.WriteLine(Roff.Text(line));
        WriteRows(output, "COMMANDS", _below.Select(page => ($"\\fB{Roff.Text(page.Path)}\\fR", page.FirstLine + ".")));
        WriteRows(output, "ARGUMENTS", _command.Arguments.Select(one => ($"\\fI{Roff.Text(one.Name)}\\fR", one.Description ?? "")));
        WriteRows(output, "OPTIONS", Options().Select(one => (Label(one), one.Description ?? "")));
        if (_command is SkepCommand { Help: var help }) WriteHelp(output, help);
        if (_above is null) WriteRows(output, "FILES", Files.Select(file => ($"\\fI{Roff.Text(file.Path)}\\fR", file.Text)));
        WriteSeeAlso(output);
    }

    private IEnumerable<ManualPage> WithBelow() => _below.SelectMany(page => page.WithBelow()).Prepend(this);

    private void WriteSynopsis(TextWriter output)
    {
        output.WriteLine(".SH SYNOPSIS");
        bool isGroup = _below.Count > 0 && _command.Action is null;
        IEnumerable<string> arguments = isGroup || _above is null
            ? ["\\fICOMMAND\\fR", "[\\fIARGUMENT\\fR...]"]
            : _command.Arguments.Select(one => one.Arity switch
            {
                { MinimumNumberOfValues: 0, MaximumNumberOfValues: 1 } => $"[\\fI{Roff.Text(one.Name)}\\fR]",
                { MinimumNumberOfValues: 0 } => $"[\\fI{Roff.Text(one.Name)}\\fR...]",
                { MaximumNumberOfValues: > 1 } => $"\\fI{Roff.Text(one.Name)}\\fR...",
                _ => $"\\fI{Roff.Text(one.Name)}\\fR",
            });
        output.WriteLine(string.Join(' ', arguments.Prepend($"\\fB{Roff.Text(Path)}\\fR").Append("[\\fIOPTION\\fR...]")));
    }

    // Its own, and those that groups above give to all of their commands.
    private IEnumerable<Option> Options()
    {
        IEnumerable<Option> own = _command.Options.Where(one => !one.Hidden);
        for (ManualPage? above = _above; above is not null; above = above._above)
            own = own.Concat(above._command.Options.Where(one => one is { Recursive: true, Hidden: false }));
        return own.DistinctBy(one => one.Name).OrderBy(one => one is HelpOption or VersionOption);
    }

    private static string Label(Option option)
    {
        IEnumerable<string> names = option.Aliases.Where(name => name[0] == '-' && name != "-?").Append(option.Name)
            .Distinct().OrderBy(name => name.Length);
        string label = string.Join(", ", names.Select(name => $"\\fB{Roff.Text(name)}\\fR"));
        return option.Arity.MinimumNumberOfValues == 0 || option.HelpName is not { } value ? label : $"{label} \\fI{Roff.Text(value)}\\fR";
    }

    private static void WriteRows(TextWriter output, string title, IEnumerable<(string Label, string Text)> rows)
    {
        string before = $".SH {title}\n";
        foreach ((string label, string text) in rows)
        {
            output.Write($"{before}.TP\n{label}\n");
            foreach (string line in text.Split('\n')) output.WriteLine(Roff.Text(line));
            before = "";
        }
    }

    private static void WriteHelp(TextWriter output, CommandHelp help)
    {
        output.WriteLine(".SH EXIT STATUS");
        foreach ((string code, string meaning) in help.ExitCodes) output.WriteLine($".TP\n.B {code}\n{Roff.Text(meaning)}");
        if (help.Others is { } others) output.WriteLine($".PP\n{Roff.Text(others)}");
        output.WriteLine(".SH EXAMPLES");
        foreach (Example example in help.Examples)
            output.WriteLine($".TP\n.B {Roff.Text(example.Line)}\n{Roff.Text(example.Purpose)}");
    }

    private void WriteSeeAlso(TextWriter output)
    {
        IEnumerable<ManualPage> others = _above is null ? _below : _above._below.Where(page => page != this).Prepend(_above);
        string pages = string.Join(",\n", others.Select(page => $"\\fB{Roff.Text(page.Name)}\\fR({Section})"));
        string? file = (_command as SkepCommand)?.Help.Page.Split('/')[^1];
        output.WriteLine($".SH SEE ALSO\n{pages}");
        if (file is not null) output.WriteLine($".PP\n\\fI/usr/share/doc/skep/{Roff.Text(file)}\\fR");
    }
}
