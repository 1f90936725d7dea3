-- Called by pandoc for each page (build/site.sh): where its links lead on the site, the navigation, what scrolls.

local here = PANDOC_STATE.input_files[1]
local repository = os.getenv('REPOSITORY_URL') or ''

-- The path of a link, from the top of the repository; nil beyond it.
local function place(link)
	local parts = {}
	for part in ((here:match('.*/') or '') .. link):gmatch('[^/]+') do
		if part ~= '..' then
			if part ~= '.' then table.insert(parts, part) end
		elseif not table.remove(parts) then
			return nil
		end
	end
	return table.concat(parts, '/')
end

local function exists(path)
	local file = io.open(path)
	if file then file:close() end
	return file ~= nil
end

-- On the site a page is where it is in the repository, and a picture of docs/ too. Other files are in the repository only. What does not
-- exist stays as it is, for links.awk to report.
local function lead(link)
	local path, heading = link.target:match('^([^#]*)(.*)$')
	local file = path ~= '' and not path:match('^%a[%w+.-]*:') and place(path)
	if not file then return nil end
	if file == 'docs' then
		link.target = path:gsub('/$', '') .. '/index.html' .. heading
	elseif path:match('%.md$') then
		link.target = path:gsub('README%.md$', 'index.md'):gsub('md$', 'html') .. heading
	elseif exists(file) and not file:match('^docs/') then
		if repository ~= '' then
			link.target = repository:gsub('/$', '') .. '/blob/HEAD/' .. file .. heading
		elseif pandoc.utils.stringify(link.content) == file then
			return link.content
		else
			link.content:extend({ pandoc.Str(' ('), pandoc.Code(file), pandoc.Str(')') })
			return link.content
		end
	end
	return link
end

-- The tables of docs/index.md: the first column has the links, the head of it their title.
local function navigation()
	local file = assert(io.open('docs/index.md'))
	local index = pandoc.read(file:read('a'), 'gfm')
	file:close()
	local up = here:gsub('[^/]+/', '../'):gsub('[^/]+$', '')
	local blocks = pandoc.Blocks({})
	for _, block in ipairs(index.blocks) do
		if block.t == 'Table' then
			local simple = pandoc.utils.to_simple_table(block)
			blocks:insert(pandoc.Para(pandoc.Strong(pandoc.utils.blocks_to_inlines(simple.headers[1]))))
			local items = {}
			for _, row in ipairs(simple.rows) do
				pandoc.walk_block(pandoc.Div(row[1]), {
					Link = function(link)
						local path = ('docs/' .. link.target):gsub('^docs/%.%./', '')
						if path == here then link.attributes['aria-current'] = 'page' end
						link.target = up .. path:gsub('README%.md$', 'index.md'):gsub('md$', 'html')
						table.insert(items, { pandoc.Plain(link) })
					end,
				})
			end
			blocks:insert(pandoc.BulletList(items))
		end
	end
	return blocks
end

local function scrolling(block)
	return pandoc.Div(block, { class = 'scroll', tabindex = '0' })
end

function Pandoc(doc)
	local headings, title = 0, nil
	local page = pandoc.walk_block(pandoc.Div(doc.blocks), {
		Link = lead,
		Table = scrolling,
		CodeBlock = function(block)
			block.attributes.tabindex = '0'
			return block
		end,
		Header = function(header)
			headings = headings + 1
			if header.level == 1 then title = title or pandoc.utils.stringify(header) end
		end,
	})
	doc.blocks = page.content
	doc.meta.pagetitle = title == 'Skep' and title or (title or here) .. ' - Skep'
	doc.meta.contents = headings > 4
	doc.meta.root = here:gsub('[^/]+/', '../'):gsub('[^/]+$', '')
	doc.meta.navigation = pandoc.MetaBlocks(navigation())
	return doc
end
